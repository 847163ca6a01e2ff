using Koala.Protocol.V1;
using Koala.Worker.Batching;
using Koala.Worker.Inference;
using Microsoft.Extensions.Logging.Abstractions;
using Precision = Koala.Network.Precision;

namespace Koala.Worker.Tests.Batching;

public sealed class BatchRunnerTests
{
    private readonly FakeEngine _engine = new();
    private readonly List<TileOutcome> _outcomes = [];

    [Fact]
    public void Run_Batch_GivesEveryJobItsOwnPixels()
    {
        Run(Precision.Bf16, 1, 2, 3);
        Assert.Equal([1, 2, 3], _outcomes.Select(outcome => outcome.Answer!.Pixels![0]));
        Assert.All(_outcomes, outcome => Assert.Equal(3, outcome.Cost.BatchSize));
    }

    [Fact]
    public void Run_NotFiniteInBf16_IsTriedAloneInFp32()
    {
        _engine.Compute = (key, tiles) =>
            [.. tiles.Select(tile => key.Precision == Precision.Bf16 && First(tile) == 2 ? null : FakeEngine.Enlarge(tile))];
        Run(Precision.Bf16, 1, 2, 3);
        Assert.Equal([1, 2, 3], _outcomes.Select(outcome => outcome.Answer!.Pixels![0]));
        Assert.Equal([(Precision.Bf16, 3), (Precision.Fp32, 1)], _engine.Batches.Select(b => (b.Key.Precision, b.Tiles.Count)));
    }

    [Theory]
    [InlineData(Precision.Bf16, 2)]
    [InlineData(Precision.Fp32, 1)]
    public void Run_NeverFinite_IsAFailureAndNoPicture(Precision precision, int runs)
    {
        _engine.Compute = (_, tiles) => new byte[]?[tiles.Count];
        Run(precision, 1);
        var outcome = Assert.Single(_outcomes);
        Assert.Null(outcome.Answer);
        Assert.Equal(TileFailureKind.Computation, outcome.Failure!.Kind);
        Assert.Contains("not finite", outcome.Failure.Message, StringComparison.Ordinal);
        Assert.Equal(runs, _engine.Batches.Count);
    }

    [Fact]
    public void Run_BatchTooLargeForTheDevice_IsTriedTileByTile()
    {
        _engine.Compute = (_, tiles) => tiles.Count > 1 || First(tiles[0]) == 3
            ? throw new DeviceMemoryException("out of memory")
            : [FakeEngine.Enlarge(tiles[0])];
        Run(Precision.Fp32, 1, 2, 3);
        Assert.Equal(1, _outcomes[0].Answer!.Pixels![0]);
        Assert.Equal(2, _outcomes[1].Answer!.Pixels![0]);
        Assert.Equal(TileFailureKind.Memory, _outcomes[2].Failure!.Kind);
    }

    [Fact]
    public void Run_TileThatThrows_FailsAlone()
    {
        _engine.Compute = (_, tiles) => tiles.Any(tile => First(tile) == 1)
            ? throw new InvalidOperationException("bad luck")
            : [.. tiles.Select(FakeEngine.Enlarge)];
        Run(Precision.Fp32, 1, 2);
        Assert.Contains("bad luck", _outcomes[0].Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(2, _outcomes[1].Answer!.Pixels![0]);
    }

    [Fact]
    public void Run_DeviceLost_TellsEveryJobAndThrows()
    {
        _engine.Compute = (_, _) => throw new DeviceLostException("gone");
        Assert.Throws<DeviceLostException>(() => Run(Precision.Fp32, 1, 2));
        Assert.Equal(2, _outcomes.Count(outcome => outcome.Failure is not null));
    }

    private void Run(Precision precision, params byte[] values)
    {
        var runner = new BatchRunner(_engine, NullLogger<BatchRunner>.Instance);
        runner.Run([.. values.Select(value => new TileJob(
            new BatchKey(FakeEngine.Model, precision, 4, 4),
            new TileWork(Enumerable.Repeat(value, 48).ToArray(), PixelFormat.RgbU8, new WantedRegion(0, 0, 4, 4)),
            _outcomes.Add))]);
    }

    private static byte First(TileWork tile) => tile.Pixels.Span[0];
}
