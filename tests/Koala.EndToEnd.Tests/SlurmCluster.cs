using System.Diagnostics;
using System.Security.Cryptography;

namespace Koala.EndToEnd.Tests;

/// <summary>A Slurm of one machine, with all its files and daemons of its own; disposing it leaves nothing.</summary>
internal sealed class SlurmCluster : IAsyncDisposable
{
    private static readonly string[] Programs = ["munged", "slurmctld", "slurmd", "sbatch"];
    private static readonly string[] ProgramFolders = ["/usr/sbin", "/usr/bin"];

    private readonly List<Process> _daemons = [];

    private SlurmCluster()
    {
    }

    private string Folder { get; } = Directory.CreateTempSubdirectory("koala-slurm-").FullName;

    /// <summary>Why there cannot be one here; null where there can.</summary>
    public static string? Missing()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            return "Slurm's daemons take root on Linux";
        var missing = Programs.Where(program => Find(program) is null).ToArray();
        return missing.Length == 0 ? null : $"{string.Join(", ", missing)} not installed: apt-get install slurm-wlm munge";
    }

    /// <summary>Starts the daemons and waits until the machine takes jobs.</summary>
    public static async Task<SlurmCluster> StartAsync()
    {
        var cluster = new SlurmCluster();
        try
        {
            await cluster.StartDaemonsAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Submits a job and waits for its end.</summary>
    /// <returns>Its exit code: of an array the highest one.</returns>
    public async Task<Outcome> SubmitAsync(string workingFolder, params string[] arguments)
    {
        var start = Start("sbatch", ["--wait", .. arguments]);
        start.WorkingDirectory = workingFolder;
        start.Environment["PATH"] = $"{Path.GetDirectoryName(Repository.ClientProgram)}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["XDG_STATE_HOME"] = Path.Combine(workingFolder, "state");
        start.Environment.Remove("KOALA_WORKER");
        start.Environment.Remove("KOALA_WORKER_PROGRAM");
        using var run = new ClientRun(Process.Start(start)!);
        return await run.OutcomeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in Enumerable.Reverse(_daemons))
        {
            daemon.Kill();
            await daemon.WaitForExitAsync();
            daemon.Dispose();
        }
        Directory.Delete(Folder, recursive: true);
    }

    private async Task StartDaemonsAsync()
    {
        // Munge wants others to reach its socket, and nobody to write beside it.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(Own("state"));
        Directory.CreateDirectory(Own("spool"));
        await WriteKeyAsync();
        var host = Environment.MachineName;
        await File.WriteAllTextAsync(Own("slurm.conf"),
            $"""
            ClusterName=koala
            SlurmctldHost={host}(127.0.0.1)
            SlurmUser=root
            AuthType=auth/munge
            AuthInfo=socket={Own("munge.socket")}
            CredType=cred/munge
            SlurmctldPort=16817
            SlurmdPort=16818
            StateSaveLocation={Own("state")}
            SlurmdSpoolDir={Own("spool")}
            SlurmctldPidFile={Own("slurmctld.pid")}
            SlurmdPidFile={Own("slurmd.pid")}
            SlurmctldLogFile={Own("slurmctld.log")}
            SlurmdLogFile={Own("slurmd.log")}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            MpiDefault=none
            NodeName=localhost NodeAddr=127.0.0.1 CPUs={Environment.ProcessorCount}
            PartitionName=all Nodes=localhost Default=YES State=UP

            """);
        StartDaemon("munged", "--foreground", "--key-file", Own("munge.key"), "--socket", Own("munge.socket"),
            "--pid-file", Own("munged.pid"), "--log-file", Own("munged.log"), "--seed-file", Own("munged.seed"));
        await UntilAsync(() => Task.FromResult(File.Exists(Own("munge.socket"))));
        StartDaemon("slurmctld", "-D");
        StartDaemon("slurmd", "-D", "-N", "localhost");
        await UntilAsync(async () =>
        {
            using var sinfo = new ClientRun(Process.Start(Start("sinfo", ["--noheader", "--format=%T"]))!);
            return (await sinfo.OutcomeAsync()).Output.Trim() == "idle";
        });
    }

    private async Task WriteKeyAsync()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var key = new FileStream(Own("munge.key"), options);
        await key.WriteAsync(RandomNumberGenerator.GetBytes(128));
    }

    private void StartDaemon(string program, params string[] arguments)
    {
        var daemon = Process.Start(Start(program, arguments))!;
        // They must not stop at a full pipe.
        daemon.BeginOutputReadLine();
        daemon.BeginErrorReadLine();
        _daemons.Add(daemon);
    }

    private ProcessStartInfo Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(Find(program) ?? program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SLURM_CONF"] = Own("slurm.conf");
        return start;
    }

    private string Own(string name) => Path.Combine(Folder, name);

    private static string? Find(string program) =>
        ProgramFolders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!await condition())
            await Task.Delay(100, limit.Token);
    }
}
