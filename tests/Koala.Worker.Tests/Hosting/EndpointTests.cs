using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Koala.Worker.Tests.Hosting;

/// <summary>Who gets a socket or port, and what happens to what was there.</summary>
[SupportedOSPlatform("linux")]
public sealed class EndpointTests : IDisposable
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TestFolder _folder;
    private readonly string _path;

    public EndpointTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sockets are for Linux");
        _folder = new TestFolder();
        _path = _folder.File("worker.sock");
    }

    public void Dispose() => _folder?.Dispose();

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_MissingFolder_IsCreatedForTheUserAlone()
    {
        var path = Path.Combine(_folder.Path, "new", "worker.sock");
        await using (await StartAsync(path))
        {
            Assert.Equal(Own | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
            Assert.Equal(Own, File.GetUnixFileMode(path));
        }
        Assert.False(File.Exists(path));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_StaleSocket_IsReplaced()
    {
        // A process that is killed leaves its socket; so does one that moves it before it closes.
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(_folder.File("before")));
            socket.Listen();
            File.Move(_folder.File("before"), _path);
        }
        Assert.True(File.Exists(_path));
        await using var host = await StartAsync(_path);
        var again = await Assert.ThrowsAsync<StartException>(() => StartAsync(_path));
        Assert.Equal(ExitCode.AlreadyRunning, again.ExitCode);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_RegularFile_IsKept()
    {
        await File.WriteAllTextAsync(_path, "precious");
        var problem = await Assert.ThrowsAsync<StartException>(() => StartAsync(_path));
        Assert.Equal(ExitCode.EndpointTaken, problem.ExitCode);
        Assert.Contains("is no socket", problem.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(_path));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_SocketOfAnotherProgram_IsKept()
    {
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(_path));
        other.Listen();
        var problem = await Assert.ThrowsAsync<StartException>(() => StartAsync(_path));
        Assert.Equal(ExitCode.EndpointTaken, problem.ExitCode);
        Assert.Contains("another program", problem.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_path));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_WorkerWhoseLockWasRemoved_IsFoundByAsking()
    {
        await using var host = await StartAsync(_path);
        File.Delete(_path + ".lock");
        var problem = await Assert.ThrowsAsync<StartException>(() => StartAsync(_path));
        Assert.Equal(ExitCode.AlreadyRunning, problem.ExitCode);
        Assert.Contains($"process {Environment.ProcessId}", problem.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_LockThatCannotBeOpened_SaysWhy()
    {
        // In place of a full or read-only disk, which a test cannot have: a link to itself.
        File.CreateSymbolicLink(_path + ".lock", _path + ".lock");
        var problem = await Assert.ThrowsAsync<StartException>(() => StartAsync(_path));
        Assert.Equal(ExitCode.EndpointTaken, problem.ExitCode);
        Assert.Contains("symbolic links", problem.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_ManyAtOnce_ExactlyOneSurvives()
    {
        var starts = Enumerable.Range(0, 6).Select(_ => Task.Run(() => StartAsync(_path))).ToArray();
        await Task.WhenAll(starts.Select(start => start.ContinueWith(_ => { }, TaskScheduler.Default)));
        await using var winner = await Assert.Single(starts, start => start.IsCompletedSuccessfully);
        Assert.All(
            starts.Where(start => start.IsFaulted),
            start => Assert.Equal(ExitCode.AlreadyRunning, ((StartException)start.Exception!.InnerException!).ExitCode));
    }

    [Theory(Timeout = TestWorker.Timeout)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task Start_FolderThatOthersCanWrite_IsRefused(UnixFileMode others)
    {
        File.SetUnixFileMode(_folder.Path, Own | UnixFileMode.UserExecute | others);
        var problem = await Assert.ThrowsAsync<StartException>(() => StartAsync(_path));
        Assert.Equal(ExitCode.EndpointTaken, problem.ExitCode);
        Assert.Contains("chmod go-w", problem.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_FolderThatIsALink_IsRefused()
    {
        Directory.CreateSymbolicLink(_folder.File("link"), _folder.Path);
        var problem = await Assert.ThrowsAsync<StartException>(() => StartAsync(_folder.File("link/worker.sock")));
        Assert.Equal(ExitCode.EndpointTaken, problem.ExitCode);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_PortInUse_SaysByWhom()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var problem = await Assert.ThrowsAsync<StartException>(
            () => StartAsync(new ListenEndpoint.Loopback((IPEndPoint)other.LocalEndpoint)));
        Assert.Equal(ExitCode.EndpointTaken, problem.ExitCode);
        Assert.Contains("taken by another program", problem.Message, StringComparison.Ordinal);
    }

    private static Task<WorkerHost> StartAsync(string path) => StartAsync(new ListenEndpoint.UnixSocket(path));

    private static Task<WorkerHost> StartAsync(ListenEndpoint endpoint) => WorkerHost.StartAsync(
        new WorkerOptions { Listen = [endpoint] }, services => services
            .AddLogging(logging => logging.ClearProviders())
            .AddSingleton<IInferenceEngine>(new FakeEngine()));
}
