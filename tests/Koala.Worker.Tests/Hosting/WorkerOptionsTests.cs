using Koala.Worker.Batching;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Koala.Worker.Service;

namespace Koala.Worker.Tests.Hosting;

public sealed class WorkerOptionsTests
{
    [Fact]
    public void Validate_Defaults_AreInRange() => Assert.Empty(new WorkerOptions().Validate());

    [Fact]
    public void Validate_EverythingWrong_ListsEveryProblem()
    {
        var options = new WorkerOptions
        {
            IdleTimeoutMinutes = double.NaN,
            Engine = new EngineOptions { Device = "gpu", Threads = 0, Models = "", ReloadSeconds = -1 },
            Batching = new BatchingOptions { MaxBatch = 65, DelayMilliseconds = -1, QueueMegapixels = 0 },
            Limits = new ServiceLimits
            {
                MaxTileSide = 8,
                PreferredTileSide = 9,
                MaxTilesInFlight = 0,
                MaxStreams = 0,
                MaxStreamsPerClient = 0,
                MaxMemoryMebibytes = 31,
                IdleSeconds = 0,
                StreamMinutes = 0,
            },
        };
        string[] expected =
        [
            "--idle-timeout", "--device", "--threads", "--models", "--reload", "--max-batch", "--batch-delay", "--max-queue", "--max-tile-side",
            "--preferred-tile-side", "--max-tiles-in-flight", "--max-streams", "--max-streams-per-client", "--max-memory",
            "--stream-idle-timeout", "--stream-timeout",
        ];
        Assert.Equal(expected, options.Validate().Select(problem => problem.Split(':')[0]));
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void Validate_MaxTileSide_IsWithinTheNetworksReach(int side, bool valid) =>
        Assert.Equal(valid, !new ServiceLimits { MaxTileSide = side }.Validate().Any());

    [Fact]
    public void Validate_MetricsWhereNoHttpIs_IsRefused()
    {
        var endpoint = ListenEndpoint.Parse("http://127.0.0.1:9");
        Assert.Empty(new WorkerOptions { Metrics = endpoint }.Validate());
        Assert.Contains("another port", Assert.Single(new WorkerOptions { Metrics = endpoint, Listen = [endpoint] }.Validate()), StringComparison.Ordinal);
        Assert.Contains("expected http://", Assert.Single(new WorkerOptions { Metrics = ListenEndpoint.Default, Listen = [endpoint] }.Validate()), StringComparison.Ordinal);
        var open = new WorkerOptions { Metrics = ListenEndpoint.Parse("https://0.0.0.0:9"), Security = new() { Certificate = "worker.pem" } };
        Assert.StartsWith("https://0.0.0.0:9: other machines can reach it", Assert.Single(open.Validate()), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_StatusPage_MayShareThePortOfTheMetricsAlone()
    {
        var endpoint = ListenEndpoint.Parse("http://127.0.0.1:9");
        Assert.Empty(new WorkerOptions { StatusPage = endpoint, Metrics = endpoint }.Validate());
        foreach (var options in (WorkerOptions[])
            [new() { StatusPage = endpoint, Listen = [endpoint] }, new() { StatusPage = endpoint, Metrics = ListenEndpoint.Parse("http://[::1]:9") }])
            Assert.Contains("another port", Assert.Single(options.Validate()), StringComparison.Ordinal);
    }

    [Fact]
    public void Over_NothingSet_KeepsTheDevicesLimits()
    {
        Assert.Equal(BatchLimits.Cuda, new BatchingOptions().Over(BatchLimits.Cuda));
        var limits = new BatchingOptions { MaxBatch = 2, DelayMilliseconds = 7 }.Over(BatchLimits.Cpu);
        Assert.Equal(BatchLimits.Cpu with { MaxTiles = 2, MaxDelay = TimeSpan.FromMilliseconds(7) }, limits);
    }
}
