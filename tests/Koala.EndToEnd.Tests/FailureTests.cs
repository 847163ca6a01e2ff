using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Koala.EndToEnd.Tests;

/// <summary>What goes wrong ends in one line that says what to do, an exit code of its own, and no file.</summary>
public sealed partial class FailureTests : IDisposable
{
    private const int Interrupt = 2;
    private const int Kill = 9;

    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task Upscale_WorkerKilledInTheMiddle_GoesOnWithAnotherFromWhereItWas()
    {
        const int Tiles = 49;
        var photo = _desk.Picture("photo.png", 300, 300);
        string[] Arguments(string output) =>
            ["upscale", photo, "-o", _desk.File(output), "--scale", "2", "--precision", "fp32", "--tile", "64", "--halo", "8"];
        Assert.Equal(0, (await _desk.RunAsync(Arguments("undisturbed.png"))).ExitCode);

        await using var client = new Client.KoalaClient(Client.WorkerAddress.Parse($"unix:{_desk.Socket}"));
        var first = await client.GetStatusAsync();
        Assert.Equal(Tiles, first.Load.FinishedTiles);
        using var run = _desk.Start(Arguments("disturbed.png"));
        var before = await FinishedAsync(Tiles + 10);
        // The worker counts what it has written: a moment later the client has it.
        await FinishedAsync(before.Load.FinishedTiles + 8);
        _ = Signal(first.ProcessId, Kill);

        var outcome = await run.OutcomeAsync();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(File.ReadAllBytes(_desk.File("undisturbed.png")), File.ReadAllBytes(_desk.File("disturbed.png")));
        var second = await client.GetStatusAsync();
        Assert.NotEqual(first.ProcessId, second.ProcessId);
        // What had come back was not computed again.
        Assert.InRange(second.Load.FinishedTiles, 1, Tiles - (before.Load.FinishedTiles - Tiles));

        async Task<Client.WorkerStatus> FinishedAsync(long tiles)
        {
            while (true)
            {
                if (await client.GetStatusAsync() is var status && status.Load.FinishedTiles >= tiles)
                    return status;
            }
        }
    }

    [Fact]
    public async Task Upscale_WorkerKilledAndNotToBeStarted_Ends40AndLeavesNothing()
    {
        using var run = await StartLongRunAsync("--no-start", "--retries", "1");
        _ = Signal(await _desk.WorkerProcessIdAsync(), Kill);
        AssertFailed(40, await run.OutcomeAsync());
        Assert.Equal(["long.png"], _desk.Files());
        // The next call starts another worker.
        Assert.Equal(0, (await _desk.RunAsync("upscale", _desk.Picture("next.png", 8, 8), "-o", _desk.File("next-x4.png"))).ExitCode);
    }

    [Fact]
    public async Task Upscale_Interrupted_Ends130AndLeavesNothingButTheWorker()
    {
        using var run = await StartLongRunAsync();
        _ = Signal(run.ProcessId, Interrupt);
        var outcome = await run.OutcomeAsync();
        Assert.Equal(130, outcome.ExitCode);
        Assert.Equal(["long.png"], _desk.Files());
        Assert.Equal(0, (await _desk.RunAsync("status")).ExitCode);
    }

    [Fact]
    public async Task Upscale_BadInputs_HaveTheirOwnExitCodes()
    {
        var photo = _desk.Picture("photo.png", 16, 16);
        Directory.CreateDirectory(_desk.File("folder"));
        Directory.CreateDirectory(_desk.File("folder.png"));
        File.WriteAllText(_desk.File("letter.png"), "Dear friend, this is no picture.");
        using (var large = NetVips.Image.NewFromFile(_desk.Picture("large.png", 200, 200)))
            large.Jpegsave(_desk.File("whole.jpg"));
        File.WriteAllBytes(_desk.File("half.jpg"), File.ReadAllBytes(_desk.File("whole.jpg"))[..3000]);
        var before = _desk.Files();
        foreach (var (exitCode, arguments) in new (int, string[])[]
        {
            (2, ["upscale", photo, "-o", "out.png", "--scale", "5"]),
            (2, ["upscale", photo]),
            (2, ["upscale", photo, "-o", "out.png", "--model", "none"]),
            (10, ["upscale", "missing.png", "-o", "out.png"]),
            (11, ["upscale", "folder", "-o", "out.png"]),
            (13, ["upscale", "letter.png", "-o", "out.png"]),
            (14, ["upscale", "half.jpg", "-o", "out.png"]),
            (20, ["upscale", photo, "-o", "out.xyz"]),
            (22, ["upscale", photo, "-o", "nowhere/out.png"]),
            (23, ["upscale", photo, "-o", "folder.png"]),
            (24, ["upscale", photo, "-o", "large.png"]),
            (25, ["upscale", photo, "-o", photo, "--overwrite"]),
        })
        {
            AssertFailed(exitCode, await _desk.RunAsync(arguments));
            Assert.Equal(before, _desk.Files());
        }
    }

    [Fact]
    public async Task Upscale_SocketOfAnotherProgram_Ends32AndLeavesItAlone()
    {
        Desk.CreatePrivate(Path.GetDirectoryName(_desk.Socket)!);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_desk.Socket));
        listener.Listen();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                using var connection = await listener.AcceptAsync();
                await connection.SendAsync("220 mail.example.org ready\r\n"u8.ToArray());
            }
        });
        AssertFailed(32, await _desk.RunAsync("upscale", _desk.Picture("photo.png", 8, 8), "-o", _desk.File("out.png")));
        Assert.Equal(["photo.png"], _desk.Files());
        Assert.True(File.Exists(_desk.Socket));
    }

    [Fact]
    public async Task Upscale_WorkersProgramMissing_Ends30()
    {
        var start = new ProcessStartInfo(Repository.ClientProgram, ["upscale", _desk.Picture("photo.png", 8, 8), "-o", _desk.File("out.png")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["XDG_RUNTIME_DIR"] = _desk.Runtime;
        start.Environment["XDG_STATE_HOME"] = _desk.File("state");
        start.Environment.Remove("KOALA_WORKER");
        start.Environment["KOALA_WORKER_PROGRAM"] = _desk.File("nothing/koala-worker");
        using var run = new ClientRun(Process.Start(start)!);
        AssertFailed(30, await run.OutcomeAsync());
        Assert.Equal(["photo.png"], _desk.Files());
    }

    [Fact]
    public async Task Upscale_DiskFull_Ends27AndLeavesNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "mounting a small disk takes root on Linux");
        var disk = Directory.CreateDirectory(_desk.File("disk")).FullName;
        Assert.SkipUnless(Mount("tmpfs", disk, "tmpfs", 0, "size=1m") == 0, "a small disk cannot be mounted here");
        try
        {
            // However well 1600×1600 pixels are packed, they take more than a megabyte.
            AssertFailed(27, await _desk.RunAsync("upscale", _desk.Picture("photo.png", 400, 400), "-o", Path.Combine(disk, "out.tif")));
            Assert.Empty(Directory.GetFiles(disk));
        }
        finally
        {
            Assert.Equal(0, Unmount(disk));
        }
    }

    [Fact]
    public async Task Worker_WithoutWork_LeavesAfterItsIdleTime()
    {
        var photo = _desk.Picture("photo.png", 8, 8);
        using var run = _desk.Start("upscale", photo, "-o", _desk.File("out.png"), "--idle-timeout", "0.02");
        // Taken hold of while it works: it does not stay for long.
        using var worker = await WorkerAsync();
        Assert.Equal(0, (await run.OutcomeAsync()).ExitCode);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await worker.WaitForExitAsync(limit.Token);
        Assert.False(File.Exists(_desk.Socket));
    }

    private async Task<Process> WorkerAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                return Process.GetProcessById(await _desk.WorkerProcessIdAsync());
            }
            catch (Client.KoalaException)
            {
                // Not there yet.
                await Task.Delay(20, limit.Token);
            }
        }
    }

    // A run that goes on for longer than anything here takes to end it.
    private async Task<ClientRun> StartLongRunAsync(params string[] more)
    {
        var photo = _desk.Picture("long.png", 1200, 1200);
        Assert.Equal(0, (await _desk.RunAsync("worker", "start")).ExitCode);
        var run = _desk.Start(["upscale", photo, "-o", _desk.File("long-x4.png"), .. more]);
        // Work has begun once the worker holds its tiles.
        await using var client = new Client.KoalaClient(Client.WorkerAddress.Parse($"unix:{_desk.Socket}"));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await client.GetStatusAsync(limit.Token)).Load.WaitingTiles == 0)
            await Task.Delay(50, limit.Token);
        Assert.False(run.HasExited);
        return run;
    }

    private static void AssertFailed(int exitCode, Outcome outcome)
    {
        Assert.True(exitCode == outcome.ExitCode, $"expected {exitCode}, got {outcome}");
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("koala-client: ", outcome.Error, StringComparison.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    internal static partial int Signal(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", EntryPoint = "umount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target);
}
