using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Koala.EndToEnd.Tests.Gimp;

/// <summary>A desk with a GIMP 2.10 of the system, and a GIMP 3 in a root of its own that <c>KOALA_GIMP3_ROOT</c> names.</summary>
public sealed class GimpPlace : IDisposable
{
    /// <summary>For a run of GIMP on a busy machine.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public const string Console210 = "/usr/bin/gimp-console-2.10";

    public Desk Desk { get; } = new();

    public static string? Root3 { get; } = Environment.GetEnvironmentVariable("KOALA_GIMP3_ROOT") is { Length: > 0 } root && Directory.Exists(root) ? root : null;

    public static bool Has210 => File.Exists(Console210);

    public const string No210 = "needs GIMP 2.10 in " + Console210;

    public const string No3 = "needs KOALA_GIMP3_ROOT, a Debian 13 root with GIMP 3 (tests/make-gimp3-root.sh makes one)";

    private string Profile210 => Desk.File("gimp-2.10");

    private string Profile3 => Desk.File("gimp-3");

    private string Temporary => Desk.File("temporary");

    /// <summary>What both GIMPs get to see.</summary>
    private Dictionary<string, string> Variables => new()
    {
        ["HOME"] = Desk.Folder,
        ["LC_ALL"] = "C.UTF-8",
        ["GIMP2_DIRECTORY"] = Profile210,
        ["GIMP3_DIRECTORY"] = Profile3,
        ["KOALA_TEST_FOLDER"] = Desk.Folder,
        ["TMPDIR"] = Temporary,
        ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
    };

    /// <summary>Installs both plug-ins as users do, and starts a worker.</summary>
    internal async Task PrepareAsync()
    {
        if (Directory.Exists(Profile210))
            return;
        Directory.CreateDirectory(Profile210);
        Directory.CreateDirectory(Profile3);
        Directory.CreateDirectory(Temporary);
        // Windows that want an answer before anything else.
        await File.WriteAllTextAsync(Path.Combine(Profile210, "gimprc"), "(check-updates no)\n");
        await File.WriteAllTextAsync(Path.Combine(Profile3, "gimprc"), "(check-updates no)\n(show-welcome-dialog no)\n(config-version \"3.0.4\")\n");
        using var install = new ClientRun(Desk.StartProcess(Repository.ClientProgram, Variables, "gimp", "install"));
        var outcome = await install.OutcomeAsync();
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(0, (await Desk.RunAsync("worker", "start")).ExitCode);
    }

    /// <summary>Runs a piece of Script-Fu in GIMP 2.10; what it printed.</summary>
    internal Task<string> RunScriptAsync(string script, params (string Name, string Value)[] environment) => RunScriptsAsync([script], environment);

    /// <summary>Runs pieces of Script-Fu in GIMP 2.10, each one whatever becomes of those before; what they printed.</summary>
    internal async Task<string> RunScriptsAsync(string[] scripts, params (string Name, string Value)[] environment)
    {
        using var run = new ClientRun(await StartScriptsAsync(scripts, environment));
        var outcome = await run.OutcomeAsync(Patience);
        return outcome.Output + outcome.Error;
    }

    /// <summary>Starts GIMP 2.10 on pieces of Script-Fu.</summary>
    internal Task<Process> StartScriptsAsync(string[] scripts, params (string Name, string Value)[] environment) =>
        Start210Async([Console210, "-idf", .. scripts.Append("(gimp-quit 1)").SelectMany(script => (string[])["-b", script])], environment);

    /// <summary>Starts a program of GIMP 2.10.</summary>
    internal async Task<Process> Start210Async(string[] command, params (string Name, string Value)[] environment)
    {
        await PrepareAsync();
        return Desk.StartProcess(command[0], With(environment), command[1..]);
    }

    /// <summary>Starts GIMP 3 on cases that <c>cases.py</c> works through.</summary>
    internal async Task<Process> StartCasesAsync(object[] cases, params (string Name, string Value)[] environment)
    {
        await File.WriteAllTextAsync(Desk.File("cases.json"), JsonSerializer.Serialize(cases));
        var script = Path.Combine(AppContext.BaseDirectory, "Gimp", "cases.py");
        return await Start3Async(["gimp-console-3.0", "-id", "--quit", "--batch-interpreter=python-fu-eval", "-b", $"exec(open('{script}').read())"], environment);
    }

    /// <summary>Starts a program in the root of GIMP 3.</summary>
    internal async Task<Process> Start3Async(string[] command, params (string Name, string Value)[] environment)
    {
        await PrepareAsync();
        var all = With(environment);
        // Mounts of a namespace of its own vanish with it. Paths are the same inside and outside.
        string[] folders = [Repository.Root, Desk.Folder, all["DOTNET_ROOT"], AppContext.BaseDirectory.TrimEnd('/'), GimpWindow.DisplaySockets];
        var mounts = string.Join(" && ", folders.Distinct().Where(Directory.Exists)
            .Select(folder => $"mkdir -p '{Root3}{folder}' && mount --bind '{folder}' '{Root3}{folder}'"));
        return Desk.StartProcess(
            "unshare",
            all,
            [
                "--mount", "--propagation", "private", "bash", "-c",
                $"{mounts} && mkdir -p '{Root3}/proc' && mount -t proc proc '{Root3}/proc' && mount --rbind /dev '{Root3}/dev' && exec chroot '{Root3}' \"$@\"",
                "bash", .. command,
            ]);
    }

    private Dictionary<string, string> With((string Name, string Value)[] environment)
    {
        var all = Variables;
        foreach (var (name, value) in environment)
            all[name] = value;
        return all;
    }

    /// <summary>Runs cases to their end.</summary>
    internal async Task<string> RunCasesAsync(object[] cases, params (string Name, string Value)[] environment)
    {
        using var run = new ClientRun(await StartCasesAsync(cases, environment));
        var outcome = await run.OutcomeAsync(Patience);
        return outcome.Output + outcome.Error;
    }

    /// <summary>What the client library makes of an RGB picture of 8 bits with all blur kept, ×4.</summary>
    internal async Task<byte[]> KeepBlurAsync(string file)
    {
        var (width, height, _) = Pixels.Size(Desk.File(file));
        var (source, result) = (Pixels.Of(Desk.File(file)), new byte[3 * 16 * width * height]);
        await using var client = new Client.KoalaClient(Client.WorkerAddress.Parse($"unix:{Desk.Socket}"));
        await client.UpscaleLayerAsync(new Client.LayerJob
        {
            Width = width,
            Height = height,
            Format = Client.LayerFormat.Parse("RGB u8"),
            KeepBlur = 1,
            ReadRows = (y, count, rows, _) =>
            {
                source.AsMemory(3 * width * y, 3 * width * count).CopyTo(rows);
                return ValueTask.CompletedTask;
            },
            WriteRows = (y, _, rows, _) =>
            {
                rows.CopyTo(result.AsMemory(3 * 4 * width * y));
                return ValueTask.CompletedTask;
            },
        });
        return result;
    }

    /// <summary>What a case left.</summary>
    internal JsonElement Answer(string name) => JsonDocument.Parse(File.ReadAllText(Desk.File($"{name}.json"))).RootElement;

    internal byte[] Rows(string name) => File.ReadAllBytes(Desk.File($"{name}.raw"));

    /// <summary>Processes whose command line holds a text and whose folder is this place.</summary>
    internal IReadOnlyList<int> Processes(string text) =>
    [
        .. Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(int.Parse!).Where(id =>
        {
            try
            {
                var command = File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
                return command.Contains(text, StringComparison.Ordinal)
                    && File.ReadAllText($"/proc/{id}/environ").Contains(Desk.Folder, StringComparison.Ordinal);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }),
    ];

    /// <summary>Waits until the worker computes, and has more to do.</summary>
    internal async Task WaitForWorkAsync()
    {
        await using var client = new Client.KoalaClient(Client.WorkerAddress.Parse($"unix:{Desk.Socket}"));
        using var limit = new CancellationTokenSource(Patience);
        while ((await client.GetStatusAsync(limit.Token)).Load.WaitingTiles == 0)
            await Task.Delay(50, limit.Token);
    }

    /// <summary>Kills the worker, as the system does when memory is short.</summary>
    internal async Task KillWorkerAsync()
    {
        using var worker = Process.GetProcessById(await Desk.WorkerProcessIdAsync());
        worker.Kill();
    }

    /// <summary>Kills a plug-in, as GIMP's Cancel does. Five seconds later nothing runs that it started, and the worker has soon given up its job.</summary>
    /// <param name="plugIn">A part of its command line.</param>
    /// <param name="child">A part of the command line of what it starts.</param>
    internal async Task KillPlugInAsync(string plugIn, string child)
    {
        var running = Processes(plugIn);
        Assert.NotEmpty(running);
        foreach (var id in running)
            Process.GetProcessById(id).Kill();
        var clock = Stopwatch.StartNew();
        while (Processes(plugIn).Count + Processes(child).Count > 0)
        {
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
            await Task.Delay(50);
        }
        await using var client = new Client.KoalaClient(Client.WorkerAddress.Parse($"unix:{Desk.Socket}"));
        using var limit = new CancellationTokenSource(Patience);
        while ((await client.GetStatusAsync(limit.Token)).Load.OpenJobs > 0)
            await Task.Delay(50, limit.Token);
    }

    /// <summary>What programs have left in the folder for temporary files; GIMP has a folder of its own there.</summary>
    internal string[] TemporaryFiles() =>
        [.. Directory.GetFileSystemEntries(Temporary).Select(entry => Path.GetFileName(entry)!).Where(name => name != "gimp").Order(StringComparer.Ordinal)];

    public void Dispose() => Desk.Dispose();
}

/// <summary>One place for all tests with GIMP, one after the other: each start of GIMP takes seconds.</summary>
[CollectionDefinition(nameof(GimpTests))]
public sealed class GimpTests : ICollectionFixture<GimpPlace>;
