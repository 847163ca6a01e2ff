using System.Net.Sockets;

namespace Koala.Client.CommandLine.Tests;

public sealed class WorkerErrorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("koala-client-").FullName;

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, null);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Start_ProgramIsMissing_SaysWhereItWasLookedFor()
    {
        Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, Path.Combine(_folder, "koala-worker"));

        (await Run("worker", "start")).AssertFailed(ExitCode.WorkerNotFound, Path.Combine(_folder, "koala-worker"));
    }

    [Fact]
    public async Task Start_ProgramEndsAtOnce_IsAStartFailure()
    {
        Assert.SkipUnless(File.Exists("/bin/false"), "needs /bin/false");
        Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, "/bin/false");

        (await Run("worker", "start")).AssertFailed(ExitCode.WorkerStartFailed, "exit code 1");
    }

    [Fact]
    public async Task Start_AnotherProgramAtTheAddress_SaysSo()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "worker.sock")));
        listener.Listen();
        using var stop = new CancellationTokenSource();
        var server = Task.Run(() => AnswerAsync(listener, stop.Token));

        (await Run("worker", "start")).AssertFailed(ExitCode.WorkerAddressTaken, "no Koala worker");

        await stop.CancelAsync();
        await server;
    }

    [Fact]
    public async Task Start_FileAtTheAddress_SaysSo()
    {
        File.WriteAllText(Path.Combine(_folder, "worker.sock"), "a file");

        (await Run("worker", "start")).AssertFailed(ExitCode.WorkerAddressTaken, "no socket");
    }

    [Fact]
    public async Task Status_NoWorker_IsUnavailable() =>
        (await Run("status")).AssertFailed(ExitCode.WorkerUnavailable, "No worker answers");

    [Fact]
    public async Task Stop_NoWorker_IsDone()
    {
        var run = await Run("worker", "stop");

        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.StartsWith("No worker runs", run.Out, StringComparison.Ordinal);
    }

    private Task<CommandRun> Run(params string[] arguments) =>
        CommandRun.Of([.. arguments, "--worker", $"unix:{Path.Combine(_folder, "worker.sock")}"]);

    /// <summary>Hears what is said and hangs up.</summary>
    private static async Task AnswerAsync(Socket listener, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var connection = await listener.AcceptAsync(stop);
                if (await connection.ReceiveAsync(new byte[1024], stop) > 0)
                    await connection.SendAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                // The command only looked whether anything listens, or the test is over.
            }
        }
    }
}
