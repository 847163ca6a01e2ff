using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Koala.EndToEnd.Tests;

/// <summary>The worker under a service manager, and options from other places than the command line.</summary>
public sealed partial class DeployTests : IDisposable
{
    private const int Terminate = 15;

    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [Theory]
    [InlineData("--user", "koala-worker.socket", "koala-worker.service")]
    [InlineData("--system", "system/koala-worker.service")]
    public async Task Units_OfSystemd_AreAcceptedByIt(string manager, params string[] units)
    {
        Assert.SkipUnless(IsInstalled("systemd-analyze"), "needs systemd-analyze");
        var written = units.Select(unit =>
        {
            // The program is there, for this test, where it was built.
            var lines = File.ReadAllLines(Path.Combine(Repository.Root, "worker/Koala.Worker/deploy/systemd", unit))
                .Select(line => line.StartsWith("ExecStart=", StringComparison.Ordinal) ? $"ExecStart={Repository.WorkerProgram}{line[line.IndexOf(' ', StringComparison.Ordinal)..]}" : line);
            var file = _desk.File(Path.GetFileName(unit));
            File.WriteAllLines(file, lines);
            return file;
        }).ToArray();
        using var verify = _desk.StartProcess("systemd-analyze", ["verify", "--man=no", manager, .. written]);
        var problems = verify.StandardError.ReadToEndAsync();
        await verify.WaitForExitAsync();
        Assert.Equal((0, ""), (verify.ExitCode, await problems));
    }

    [Fact]
    public async Task Worker_StartedForItsSocket_ServesItAndTellsSystemd()
    {
        Assert.SkipUnless(IsInstalled("systemd-socket-activate"), "needs systemd-socket-activate");
        Desk.CreatePrivate(_desk.File("run/koala"));
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(_desk.File("notify")));
        using var worker = _desk.StartProcess(
            "systemd-socket-activate", "--listen", _desk.Socket, "-E", $"NOTIFY_SOCKET={_desk.File("notify")}",
            Repository.WorkerProgram, "--listen", "systemd:", "--device", "cpu");
        var log = worker.StandardError.ReadToEndAsync();
        while (!File.Exists(_desk.Socket))
            await Task.Delay(20);

        var outcome = await _desk.RunAsync("upscale", _desk.Picture("photo.png", 16, 16), "-o", _desk.File("out.png"));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(worker.Id, await _desk.WorkerProcessIdAsync());
        Assert.Equal("READY=1", await ReceiveAsync());
        _ = Signal(worker.Id, Terminate);
        await worker.WaitForExitAsync();
        Assert.Equal(0, worker.ExitCode);
        Assert.Equal("STOPPING=1", await ReceiveAsync());
        // It is systemd's, which listens on there.
        Assert.True(File.Exists(_desk.Socket));
        Assert.Contains("Listening on systemd:", await log, StringComparison.Ordinal);

        async Task<string> ReceiveAsync()
        {
            var buffer = new byte[256];
            return Encoding.UTF8.GetString(buffer, 0, await systemd.ReceiveAsync(buffer));
        }
    }

    [Fact]
    public async Task Worker_OptionInTheEnvironment_IsReadAndNamedWhereItIsWrong()
    {
        using var worker = _desk.StartProcess(Repository.WorkerProgram, new Dictionary<string, string> { ["KOALA_WORKER_THREADS"] = "many" });
        var error = await worker.StandardError.ReadToEndAsync();
        await worker.WaitForExitAsync();
        Assert.Equal(2, worker.ExitCode);
        Assert.StartsWith("koala-worker: KOALA_WORKER_THREADS: ", error, StringComparison.Ordinal);
    }

    private static bool IsInstalled(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int processId, int signal);
}
