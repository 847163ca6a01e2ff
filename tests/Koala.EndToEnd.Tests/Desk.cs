using System.Diagnostics;
using NetVips;

namespace Koala.EndToEnd.Tests;

/// <summary>
/// A user's place of their own: a folder for pictures and a runtime folder in which the worker's socket lies. Disposing it
/// stops the worker and leaves nothing.
/// </summary>
public sealed class Desk : IDisposable
{
    public Desk() => CreatePrivate(Runtime);

    public string Folder { get; } = Directory.CreateTempSubdirectory("koala-e2e-").FullName;

    public string Socket => Path.Combine(Runtime, "koala", "worker.sock");

    public string Runtime => Path.Combine(Folder, "run");

    public string File(string name) => Path.Combine(Folder, name);

    /// <summary>Runs koala-client to its end.</summary>
    internal Task<Outcome> RunAsync(params string[] arguments) => Start(arguments).OutcomeAsync();

    /// <summary>Starts koala-client.</summary>
    internal ClientRun Start(params string[] arguments) => new(StartProcess(Repository.ClientProgram, arguments));

    /// <summary>Starts a program in this place.</summary>
    public Process StartProcess(string program, params string[] arguments) => StartProcess(program, new Dictionary<string, string>(), arguments);

    /// <summary>Starts a program in this place, with more in its environment.</summary>
    public Process StartProcess(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Folder,
        };
        start.Environment["XDG_RUNTIME_DIR"] = Runtime;
        start.Environment["XDG_STATE_HOME"] = Path.Combine(Folder, "state");
        start.Environment.Remove("KOALA_WORKER");
        start.Environment.Remove("KOALA_WORKER_PROGRAM");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>The process number of the worker that runs here.</summary>
    public async Task<int> WorkerProcessIdAsync()
    {
        await using var client = new Client.KoalaClient(Client.WorkerAddress.Parse($"unix:{Socket}"));
        return (await client.GetStatusAsync()).ProcessId;
    }

    /// <summary>Names of the files in the folder of pictures, hidden ones too.</summary>
    public string[] Files() => [.. Directory.GetFiles(Folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    /// <summary>Creates a folder that only its owner can enter.</summary>
    public static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Writes a picture of noise that is smooth enough to be a photograph, another one for each seed.</summary>
    public string Picture(string name, int width, int height, int seed = 1)
    {
        using var noise = Image.Gaussnoise(width, height, sigma: 60, mean: 128, seed: seed);
        using var other = Image.Gaussnoise(width, height, sigma: 60, mean: 128, seed: seed + 1000);
        using var blurred = noise.Gaussblur(1.5).Linear([3.0], [-256.0]);
        using var rgb = blurred.Bandjoin(other.Gaussblur(2).Linear([3.0], [-256.0]), noise.Gaussblur(4).Linear([6.0], [-640.0]));
        using var srgb = rgb.Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        srgb.WriteToFile(File(name));
        return File(name);
    }

    public void Dispose()
    {
        RunAsync("worker", "stop").GetAwaiter().GetResult();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>How a run of koala-client ended.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error);

/// <summary>A koala-client that runs.</summary>
internal sealed class ClientRun(Process process) : IDisposable
{
    private readonly Task<string> _output = process.StandardOutput.ReadToEndAsync();
    private readonly Task<string> _error = process.StandardError.ReadToEndAsync();

    public int ProcessId => process.Id;

    public bool HasExited => process.HasExited;

    /// <param name="patience">How long it may take. Default: 5 minutes.</param>
    public async Task<Outcome> OutcomeAsync(TimeSpan? patience = null)
    {
        using var limit = new CancellationTokenSource(patience ?? TimeSpan.FromMinutes(5));
        await process.WaitForExitAsync(limit.Token);
        return new Outcome(process.ExitCode, await _output, await _error);
    }

    public void Dispose() => process.Dispose();
}
