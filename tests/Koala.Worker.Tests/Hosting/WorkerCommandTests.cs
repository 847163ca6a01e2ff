using Koala.Worker.Hosting;

namespace Koala.Worker.Tests.Hosting;

public sealed class WorkerCommandTests
{
    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Run_Help_HasExamplesAndExitCodes()
    {
        var (code, output, error) = await RunAsync("--help");
        Assert.Equal((ExitCode.Ok, ""), (code, error));
        foreach (var text in (string[])["--listen", "--idle-timeout", "--batch-delay", "Examples:", "Exit codes:"])
            Assert.Contains(text, output, StringComparison.Ordinal);
    }

    [Theory(Timeout = TestWorker.Timeout)]
    [InlineData("--listen http://0.0.0.0:1 --threads 0 --device x", "--listen", "--threads", "--device")]
    [InlineData("--precision fp64", "fp64")]
    [InlineData("--threads many", "--threads")]
    [InlineData("--unknown", "--unknown")]
    [InlineData("--otlp localhost:4317", "--otlp: expected http://HOST:PORT")]
    [InlineData("--status-page http://192.168.0.1:8080", "--status-page: http://192.168.0.1:8080 could be reached from other machines")]
    [InlineData("--listen http://127.0.0.1:9 --listen http://localhost:9", "--listen: an endpoint is given twice")]
    public async Task Run_WrongOptions_ListsEveryErrorOnOneLine(string arguments, params string[] problems)
    {
        var (code, output, error) = await RunAsync(arguments.Split(' '));
        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.Matches(@"^koala-worker: .*[^.] \(try 'koala-worker --help'\)\r?\n\z", error);
        Assert.All(problems, problem => Assert.Contains(problem, error, StringComparison.Ordinal));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Run_EndpointTaken_IsOneLineAndItsExitCode()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sockets are for Linux");
        using var folder = new TestFolder();
        var path = folder.File("file");
        await File.WriteAllTextAsync(path, "precious");
        var (code, output, error) = await RunAsync("--listen", $"unix:{path}");
        Assert.Equal((ExitCode.EndpointTaken, ""), (code, output));
        Assert.Equal($"koala-worker: {path} exists and is no socket; move it away or choose another path with --listen", error.TrimEnd());
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Run_NoSocketHandedOver_SaysWhatToStart()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "systemd is Linux's");
        var (code, output, error) = await RunAsync("--listen", "systemd:");
        Assert.Equal((ExitCode.EndpointTaken, ""), (code, output));
        Assert.Equal("koala-worker: systemd handed over no socket; start the .socket unit, not the program", error.TrimEnd());
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await WorkerCommand.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
