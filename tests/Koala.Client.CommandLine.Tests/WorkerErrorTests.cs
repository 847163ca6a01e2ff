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

    [Theory]
    [InlineData("status")]
    [InlineData("worker start")]
    [InlineData("worker stop")]
    public async Task Run_AnotherProgramAtTheAddress_SaysSo(string command)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "worker.sock")));
        listener.Listen();
        var server = AnswerAsync(listener);

        (await Run(command.Split(' '))).AssertFailed(ExitCode.WorkerAddressTaken, "no Koala worker");

        listener.Close();
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

    /// <summary>Answers as a web server of the old kind does.</summary>
    private static async Task AnswerAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                using var connection = await listener.AcceptAsync();
                await connection.ReceiveAsync(new byte[1024]);
                await connection.SendAsync("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"u8.ToArray());
                connection.Shutdown(SocketShutdown.Send);
                while (await connection.ReceiveAsync(new byte[1024]) > 0)
                {
                }
            }
        }
        catch (SocketException)
        {
            // The listener was closed.
        }
    }
}
