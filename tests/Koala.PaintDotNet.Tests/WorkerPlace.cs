using System.Diagnostics;
using System.Runtime.CompilerServices;
using Koala.Client;
using Koala.PaintDotNet.Tests;

[assembly: AssemblyFixture(typeof(WorkerPlace))]
// One worker for all, and the environment variables by which it is found.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Koala.PaintDotNet.Tests;

/// <summary>
/// A user's place of their own: the effects look for a worker there, start a real one, and remember settings there. Disposing it stops the
/// worker and leaves nothing.
/// </summary>
public sealed class WorkerPlace : IDisposable
{
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Name;

    public WorkerPlace()
    {
        // For its owner alone, as the worker wants it.
        Runtime = Directory.CreateTempSubdirectory("koala-pdn-").FullName;
        foreach (var (name, folder) in new[] { ("XDG_RUNTIME_DIR", "run"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data") })
            Environment.SetEnvironmentVariable(name, Path.Combine(Runtime, folder));
        CreatePrivate(Path.Combine(Runtime, "run"));
        Directory.CreateDirectory(Path.Combine(Runtime, "config"));
        Environment.SetEnvironmentVariable(WorkerAddress.EnvironmentVariable, null);
        Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, Program);
    }

    public static string Root { get; } = Path.GetFullPath(Path.Combine(SourceFolder(), "..", ".."));

    /// <summary>Build configuration of these tests.</summary>
    public static string BuildConfiguration => Configuration;

    /// <summary>The worker that was built.</summary>
    public static string Program { get; } = Path.Combine(
        Root, "worker", "Koala.Worker", "bin", Configuration, "net10.0", OperatingSystem.IsWindows() ? "koala-worker.exe" : "koala-worker");

    public string Runtime { get; }

    /// <summary>What the worker says; starts one where none runs.</summary>
    public static Task<WorkerStatus> StatusAsync() => WorkerLauncher.EnsureRunningAsync(WorkerAddress.Default);

    /// <summary>Pixels around it that a part of a layer needs, of the released weights for a scale.</summary>
    public static async Task<int> HaloAsync(int scale) => (await StatusAsync()).Models.Single(model => model.Scale == scale).Halo;

    /// <summary>Waits until the worker has as many jobs.</summary>
    public static async Task WaitForJobsAsync(Func<int, bool> condition)
    {
        var clock = Stopwatch.StartNew();
        await using var client = new KoalaClient(WorkerAddress.Default);
        while (!condition((await client.GetStatusAsync()).Load.OpenJobs))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), "The worker's jobs do not become what they should.");
            await Task.Delay(20);
        }
    }

    /// <summary>Ends the worker as a crash does.</summary>
    public static async Task KillAsync()
    {
        using var process = Process.GetProcessById((await StatusAsync()).ProcessId);
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>As <see cref="KillAsync"/>, and no other one can be started until <see cref="BringBack"/>.</summary>
    public static async Task KillAndRemoveAsync()
    {
        var id = (await StatusAsync()).ProcessId;
        Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, "/nowhere/koala-worker");
        using var process = Process.GetProcessById(id);
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>A worker can be started again.</summary>
    public static void BringBack() => Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, Program);

    public void Dispose()
    {
        WorkerLauncher.StopAsync(WorkerAddress.Default).GetAwaiter().GetResult();
        Directory.Delete(Runtime, recursive: true);
    }

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
