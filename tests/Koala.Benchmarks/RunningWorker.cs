using System.Runtime.CompilerServices;
using Koala.Client;

namespace Koala.Benchmarks;

/// <summary>A worker of the benchmark's own, on a socket of its own.</summary>
/// <param name="program">Its program; null for the one of the build.</param>
internal sealed class RunningWorker(string? program = null) : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("koala-benchmark-").FullName;

    public WorkerAddress Address => WorkerAddress.Parse($"unix:{_folder}/worker.sock");

    public string File(string name) => Path.Combine(_folder, name);

    public static string Program(string project, string name) =>
        Path.GetFullPath(Path.Combine(SourceFolder(), "..", "..", project, "bin", "Release", "net10.0", name));

    public async Task<WorkerStatus> StartAsync() => await WorkerLauncher.EnsureRunningAsync(
        Address, new WorkerStartOptions { Program = program ?? Program("worker/Koala.Worker", "koala-worker"), LogFile = File("worker.log") });

    public async ValueTask DisposeAsync()
    {
        await WorkerLauncher.StopAsync(Address);
        Directory.Delete(_folder, recursive: true);
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
