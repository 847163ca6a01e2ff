using System.Diagnostics;

namespace Koala.Client.CommandLine.Gimp;

/// <summary>GIMP without its window, where it can be run: the only one who knows which plug-ins GIMP sees.</summary>
internal sealed class GimpProgram(string path, GimpGeneration generation)
{
    // GIMP asks every new plug-in at its first start, and looks at fonts.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private const string Found = "koala-found";
    private const string Missing = "koala-missing";

    /// <summary>Its path.</summary>
    public string Path => path;

    /// <summary>The one in PATH, or where installers put it on Windows and macOS; null where there is none.</summary>
    public static GimpProgram? Find(GimpGeneration generation)
    {
        string[] names = generation == GimpGeneration.Gimp3 ? ["gimp-console-3.2", "gimp-console-3.0", "gimp-console-3"] : ["gimp-console-2.10"];
        string[] folders =
        [
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
            .. InstallFolders(),
        ];
        var ending = OperatingSystem.IsWindows() ? ".exe" : "";
        return names.SelectMany(name => folders.Select(folder => System.IO.Path.Combine(folder, name + ending))).FirstOrDefault(File.Exists) is { } found
            ? new GimpProgram(found, generation) : null;
    }

    private static IEnumerable<string> InstallFolders()
    {
        if (OperatingSystem.IsMacOS())
            return ["/Applications/GIMP.app/Contents/MacOS"];
        if (!OperatingSystem.IsWindows())
            return [];
        string[] programs =
        [
            Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles),
            System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "Programs"),
        ];
        return programs.SelectMany(folder => ((string[])["GIMP 3", "GIMP 2"]).Select(version => System.IO.Path.Combine(folder, version, "bin")));
    }

    /// <summary>Whether GIMP lists a procedure; null where it could not be asked.</summary>
    public async Task<bool?> ListsAsync(string procedure, CancellationToken cancellationToken)
    {
        string[] arguments = generation == GimpGeneration.Gimp3
            ?
            [
                "-idf", "--quit", "--batch-interpreter=python-fu-eval", "-b",
                $"print('{Found}' if Gimp.get_pdb().procedure_exists('{procedure}') else '{Missing}')",
            ]
            :
            [
                "-idf", "-b",
                $"(gimp-message (if (= 1 (car (gimp-procedural-db-proc-exists \"{procedure}\"))) \"{Found}\" \"{Missing}\"))",
                "-b", "(gimp-quit 0)",
            ];
        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
            await process.WaitForExitAsync(patience.Token);
            var text = string.Concat(texts);
            return text.Contains(Found, StringComparison.Ordinal) ? true : text.Contains(Missing, StringComparison.Ordinal) ? false : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
