using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Koala.Client.Tests.Fakes;
using Wire = Koala.Protocol.V1;

namespace Koala.Client.Tests.Workers;

/// <summary>The worker's program is a shell script here; where it is to answer, this process answers in its place.</summary>
public sealed class WorkerLauncherTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    // For stopping: at the other end of a socket the system would name this process, and it would be stopped.
    private readonly WorkerAddress _pipe = WorkerAddress.Parse($"pipe:koala-test-{Guid.NewGuid():N}");

    private readonly List<int> _processes = [];

    public WorkerLauncherTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The programs are shell scripts.");

    public void Dispose()
    {
        foreach (var id in _processes)
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It has ended by itself.
            }
        }
        _folder.Dispose();
    }

    [Fact]
    public async Task EnsureRunning_WorkerRuns_StartsNone()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker(), _folder.Socket);

        var status = await WorkerLauncher.EnsureRunningAsync(_folder.Socket, Options(_folder["no program"]));

        Assert.Equal("1.2.3", status.Version);
    }

    [Fact]
    public async Task EnsureRunning_NoneRuns_StartsOneDetachedAndWaitsUntilItIsReady()
    {
        var program = _folder.Script(
            $"""
            echo "$@" >{_folder["arguments"]}
            echo $$ >{_folder["id"]}
            exec sleep 100
            """);
        var lines = new List<string>();
        var options = Options(program) with
        {
            Device = "cuda:1",
            IdleTimeout = TimeSpan.FromMinutes(2),
            Arguments = ["--models", "a b"],
        };

        var running = WorkerLauncher.EnsureRunningAsync(_folder.Socket, options, lines.Add);
        var id = await StartedAsync();
        var worker = new FakeWorker { State = Wire.GetStatusResponse.Types.State.Starting };
        await using var server = await FakeServer.StartAsync(worker, _folder.Socket);
        await UntilAsync(() => lines.Count > 1);
        Assert.False(running.IsCompleted);
        worker.State = Wire.GetStatusResponse.Types.State.Ready;
        await running.WaitAsync(Patience);

        Assert.Equal(["The worker is starting …", "The worker is loading its models …"], lines);
        Assert.Equal(
            $"--listen {_folder.Socket} --idle-timeout 2 --device cuda:1 --models a b\n", await File.ReadAllTextAsync(_folder["arguments"]));
        if (OperatingSystem.IsLinux())
            Assert.Equal(id, Session(id));
    }

    [Fact]
    public async Task EnsureRunning_AnotherWasFaster_TakesThatOne()
    {
        // The script finds the socket of the other in use and says so, as the worker does.
        var program = _folder.Script($"""echo $$ >{_folder["id"]}; sleep 0.3; exit 3""");

        var running = WorkerLauncher.EnsureRunningAsync(_folder.Socket, Options(program));
        await StartedAsync();
        await using var server = await FakeServer.StartAsync(new FakeWorker(), _folder.Socket);

        Assert.Equal("1.2.3", (await running.WaitAsync(Patience)).Version);
    }

    [Fact]
    public async Task EnsureRunning_AnotherWasFasterAndIsNotThereYet_WaitsBeforeTheNext()
    {
        var program = _folder.Script($"""echo >>{_folder["starts"]}; exit 3""");

        await FailAsync(_folder.Socket, Options(program) with { StartTimeout = TimeSpan.FromSeconds(2) });

        Assert.InRange((await File.ReadAllLinesAsync(_folder["starts"])).Length, 1, 3);
    }

    [Fact]
    public async Task EnsureRunning_ProgramEndsAtOnce_GivesItsLastLine()
    {
        await File.WriteAllTextAsync(_folder["log"], "of an earlier start\n");
        var program = _folder.Script("echo first; echo 'no such device: cuda:9' >&2; echo; exit 2");

        var exception = await FailAsync(_folder.Socket, Options(program));

        Assert.Equal(KoalaErrorKind.WorkerStartFailed, exception.Kind);
        Assert.Contains("exit code 2: no such device: cuda:9; see ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureRunning_HomeCannotBeWritten_LogsBesideTheSocket()
    {
        var program = _folder.Script("echo 'no such device'; exit 2");
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        // No folder can be made in a file, not even by root.
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", program);
        try
        {
            var exception = await FailAsync(_folder.Socket, Options(program) with { LogFile = null });

            Assert.Contains($"no such device; see {_folder["worker.log"]}", exception.Message, StringComparison.Ordinal);

            Directory.CreateDirectory(_folder["none"]);
            Directory.CreateDirectory(_folder["none/worker.log"]);
            exception = await FailAsync(
                WorkerAddress.Parse($"unix:{_folder["none/worker.sock"]}"), Options(program) with { LogFile = null });

            Assert.Contains("exit code 2; run the program by hand", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("XDG_STATE_HOME", state);
        }
    }

    [Fact]
    public async Task EnsureRunning_ProgramNeverAnswers_GivesUp()
    {
        var program = _folder.Script($"""echo $$ >{_folder["id"]}; exec sleep 100""");

        var exception = await FailAsync(_folder.Socket, Options(program) with { StartTimeout = TimeSpan.FromSeconds(5) });
        await StartedAsync();

        Assert.Equal((KoalaErrorKind.WorkerStartFailed, true), (exception.Kind, exception.IsTransient));
    }

    [Fact]
    public async Task EnsureRunning_ProgramIsMissing_NamesIt()
    {
        var exception = await FailAsync(_folder.Socket, Options(_folder["no program"]));

        Assert.Equal(KoalaErrorKind.WorkerNotFound, exception.Kind);
        Assert.Contains(_folder["no program"], exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureRunning_PathIsAFileOrFolder_LeavesItAlone()
    {
        var program = _folder.Script($"touch {_folder["started"]}");
        await File.WriteAllTextAsync(_folder["worker.sock"], "precious");

        Assert.Contains("is no socket", (await FailAsync(_folder.Socket, Options(program))).Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(_folder["worker.sock"]));

        File.Delete(_folder["worker.sock"]);
        Directory.CreateDirectory(_folder["worker.sock"]);
        Assert.Contains("is no socket", (await FailAsync(_folder.Socket, Options(program))).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["started"]));
    }

    [Fact]
    public async Task EnsureRunning_AnotherProgramAnswers_SaysSo()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder.Socket.Target));
        socket.Listen();
        using var stop = new CancellationTokenSource();
        var other = Task.Run(async () =>
        {
            while (true)
            {
                using var connection = await socket.AcceptAsync(stop.Token);
                if (await connection.ReceiveAsync(new byte[4096], stop.Token) > 0)
                    await connection.SendAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
                await Task.Delay(100, stop.Token);
            }
        });

        var exception = await FailAsync(_folder.Socket, Options(_folder["no program"]));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);

        Assert.Equal(KoalaErrorKind.ProtocolError, exception.Kind);
        Assert.Contains("no Koala worker", exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.Socket.Target));
    }

    [Fact]
    public async Task EnsureRunning_StaleSocket_IsLeftToTheWorker()
    {
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            socket.Bind(new UnixDomainSocketEndPoint(_folder.Socket.Target));
        var program = _folder.Script("exit 5");

        Assert.Contains("exit code 5", (await FailAsync(_folder.Socket, Options(program))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureRunning_FailedWorker_GivesItsProblem()
    {
        await using var server = await FakeServer.StartAsync(
            new FakeWorker { State = Wire.GetStatusResponse.Types.State.Failed }, _folder.Socket);

        var exception = await FailAsync(_folder.Socket, Options(_folder["no program"]));

        Assert.Equal(KoalaErrorKind.WorkerStartFailed, exception.Kind);
        Assert.Contains("weights are damaged", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureRunning_HttpAddress_StartsNone()
    {
        var program = _folder.Script($"touch {_folder["started"]}");

        var exception = await FailAsync(WorkerAddress.Parse("http://127.0.0.1:1"), Options(program));

        Assert.Equal(KoalaErrorKind.WorkerUnavailable, exception.Kind);
        Assert.False(File.Exists(_folder["started"]));
    }

    [Fact]
    public async Task Stop_OfAWorker_TerminatesItsProcessAndWaits()
    {
        using var process = Process.Start("sleep", "100");
        _processes.Add(process.Id);
        var server = await FakeServer.StartAsync(new FakeWorker { ProcessId = process.Id }, _pipe);

        var stopping = WorkerLauncher.StopAsync(_pipe);
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.False(stopping.IsCompleted);
        await server.DisposeAsync();

        Assert.True(await stopping.WaitAsync(Patience));
        Assert.Equal(128 + 15, process.ExitCode);
        Assert.False(await WorkerLauncher.StopAsync(_pipe));
    }

    [Fact]
    public async Task Stop_OfWhatIsNoProcessOfThisMachine_Throws()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker { ProcessId = 0 }, _pipe);

        await Assert.ThrowsAsync<KoalaException>(() => WorkerLauncher.StopAsync(_pipe));
        await Assert.ThrowsAsync<KoalaException>(() => WorkerLauncher.StopAsync(WorkerAddress.Parse("http://127.0.0.1:1")));
    }

    private WorkerStartOptions Options(string program) => new() { Program = program, LogFile = _folder["log"] };

    private static Task<KoalaException> FailAsync(WorkerAddress address, WorkerStartOptions options) =>
        Assert.ThrowsAsync<KoalaException>(() => WorkerLauncher.EnsureRunningAsync(address, options).WaitAsync(Patience));

    private async Task<int> StartedAsync()
    {
        await UntilAsync(() => File.Exists(_folder["id"]) && new FileInfo(_folder["id"]).Length > 0);
        var id = int.Parse(await File.ReadAllTextAsync(_folder["id"]), CultureInfo.InvariantCulture);
        _processes.Add(id);
        return id;
    }

    private static int Session(int processId) =>
        int.Parse(File.ReadAllText($"/proc/{processId}/stat").Split(") ")[^1].Split(' ')[3], CultureInfo.InvariantCulture);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var stop = new CancellationTokenSource(Patience);
        while (!condition())
            await Task.Delay(10, stop.Token);
    }
}
