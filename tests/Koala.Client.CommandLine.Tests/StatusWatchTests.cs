using Koala.Client.Tests.Fakes;

namespace Koala.Client.CommandLine.Tests;

public sealed class StatusWatchTests
{
    [Fact]
    public async Task Status_Watch_TellsALineForEveryLook()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        var run = await CommandRun.Of("status", "--watch", "0.1", "--lines", "3", "--worker", server.Address.ToString());
        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        var lines = run.Out.TrimEnd().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.All(lines.Skip(1), line => Assert.Matches(@"^\d\d:\d\d:\d\d  ready +0 +0\.00 +0 +0\.0 +0 +0\r?$", line));
    }

    [Fact]
    public async Task Status_WatchOfNoWorker_WaitsForOne()
    {
        using var folder = new TemporaryFolder();
        var run = await CommandRun.Of("status", "--watch", "0.1", "--lines", "2", "--worker", folder.Socket.ToString());
        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.Equal(2, run.Out.Split('\n').Count(line => line.EndsWith("no worker answers", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("often")]
    public async Task Status_WatchOfAnotherTime_IsAMistake(string seconds) =>
        (await CommandRun.Of("status", "--watch", seconds)).AssertFailed(ExitCode.Usage, "0.1 to 3600 seconds");

    [Fact]
    public async Task Status_OfSeveralWorkers_TellsOfEach()
    {
        await using var farm = new FakeFarm();
        await farm.AddAsync(0);
        await farm.AddAsync(0);
        var missing = $"http://127.0.0.1:{FakeFarm.FreePort()}";
        var address = $"{farm.Address},{missing}";

        var run = await CommandRun.Of("status", "--worker", address);

        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.All(farm.Address.ToString().Split(','), each => Assert.Contains($"worker   1.2.3 at {each}, process", run.Out, StringComparison.Ordinal));
        Assert.Contains($"worker   no answer at {missing}", run.Out, StringComparison.Ordinal);
        (await CommandRun.Of("status", "--watch", "--worker", address)).AssertFailed(ExitCode.Usage, "one worker");
        (await CommandRun.Of("status", "--worker", $"{missing},{missing}")).AssertFailed(ExitCode.WorkerUnavailable, "No worker answers");
    }
}
