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
            Engine = new EngineOptions { Device = "gpu", Threads = 0, Models = "" },
            Batching = new BatchingOptions { MaxBatch = 65, DelayMilliseconds = -1 },
            Limits = new ServiceLimits { MaxTileSide = 8, PreferredTileSide = 9 },
        };
        string[] expected =
            ["--idle-timeout", "--device", "--threads", "--models", "--max-batch", "--batch-delay", "--max-tile-side", "--preferred-tile-side"];
        Assert.Equal(expected, options.Validate().Select(problem => problem.Split(':')[0]));
    }

    [Fact]
    public void Over_NothingSet_KeepsTheDevicesLimits()
    {
        Assert.Equal(BatchLimits.Cuda, new BatchingOptions().Over(BatchLimits.Cuda));
        var limits = new BatchingOptions { MaxBatch = 2, DelayMilliseconds = 7 }.Over(BatchLimits.Cpu);
        Assert.Equal(BatchLimits.Cpu with { MaxTiles = 2, MaxDelay = TimeSpan.FromMilliseconds(7) }, limits);
    }
}
