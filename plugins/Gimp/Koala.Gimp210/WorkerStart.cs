using System.Diagnostics;
using Koala.Client;

namespace Koala.Gimp210;

/// <summary>Has a worker started by koala-client, which knows where the worker's program is.</summary>
internal static class WorkerStart
{
    /// <summary>Returns when a worker answers.</summary>
    /// <exception cref="PlugInException">koala-client is not found, or could not start a worker.</exception>
    public static async Task EnsureRunningAsync(KoalaClient client, Action<string> show)
    {
        try
        {
            await client.GetStatusAsync();
            return;
        }
        catch (KoalaException)
        {
            show("The worker is starting …");
        }
        await StartAsync();
    }

    /// <summary>As <see cref="EnsureRunningAsync"/>, where no worker is known to answer.</summary>
    /// <exception cref="PlugInException">koala-client is not found, or could not start a worker.</exception>
    public static async Task StartAsync()
    {
        using var process = Start(FindClient());
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new PlugInException((await error).Trim());
    }

    private static Process Start(string program)
    {
        var start = new ProcessStartInfo(program, ["worker", "start"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
        };
        // A bundled GIMP's own libraries are not the client's.
        start.Environment.Remove("LD_LIBRARY_PATH");
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new PlugInException($"{program} cannot be started: {error.Message}");
        }
    }

    /// <summary>As the GIMP 3 plug-in looks for it.</summary>
    private static string FindClient()
    {
        var program = OperatingSystem.IsWindows() ? "koala-client.exe" : "koala-client";
        var settings = Path.Combine(AppContext.BaseDirectory, "client-path.txt");
        (string Name, string? Path)[] places =
        [
            ("the environment variable KOALA_CLIENT", Environment.GetEnvironmentVariable("KOALA_CLIENT")),
            ($"the path in {settings}", File.Exists(settings) ? File.ReadAllText(settings).Trim() : null),
            ("the plug-in's folder", Path.Combine(AppContext.BaseDirectory, program)),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => ("PATH", (string?)Path.Combine(folder, program))),
        ];
        return places.Select(p => p.Path).FirstOrDefault(File.Exists) ?? throw new PlugInException(
            "koala-client was not found. Run \"koala-client gimp install\" once in a terminal. Looked for it in "
            + string.Join("; ", places.Select(p => p.Name).Distinct()) + ".");
    }
}
