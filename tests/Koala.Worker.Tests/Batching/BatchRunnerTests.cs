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
    public void Run_BatchTooLargeForTheDevice_IsHalvedUntilItFits()
    {
        _engine.Compute = (key, tiles) => tiles.Count > 2
            ? throw new DeviceMemoryException("out of memory")
            : [.. tiles.Select(tile => FakeEngine.Enlarge(tile))];
        Run(Precision.Fp32, 1, 2, 3, 4, 5);
        Assert.Equal([1, 2, 3, 4, 5], _outcomes.Select(outcome => outcome.Answer!.Pixels![0]));
        Assert.Equal([5, 2, 3, 1, 2], _engine.Batches.Select(batch => batch.Tiles.Count));
    }

    [Theory]
    [InlineData(40, 40)]
    [InlineData(37, 41)]
    [InlineData(64, 16)]
    [InlineData(9, 70)]
    public void Run_TileTooLargeForTheDevice_IsComputedInHalvesWithTheirHalo(int width, int height)
    {
        var most = width * height * 2 / 3;
        _engine.Compute = (key, tiles) =>
        {
            Assert.True(key.Width * key.Height < width * height || tiles[0].Pixels.Length == width * height * 3);
            return key.Width * key.Height > most
                ? throw new DeviceMemoryException("out of memory")
                : [FakeEngine.Enlarge(tiles[0], key.Width)];
        };
        var pixels = new byte[width * height * 3];
        new Random(1).NextBytes(pixels);
        var work = new TileWork(pixels, PixelFormat.RgbU8, new WantedRegion(1, 2, width - 3, height - 5));
        RunOne(width, height, work);
        Assert.Equal(FakeEngine.Enlarge(work, width), Assert.Single(_outcomes).Answer!.Pixels);
        foreach (var (key, tiles) in _engine.Batches.Skip(1))
        {
            // The model's halo of 8 pixels, or all there is.
            var wanted = tiles[0].Wanted;
            Assert.True(wanted.X >= 1 && wanted.Y >= 2 && wanted.X + wanted.Width <= key.Width - 2 && wanted.Y + wanted.Height <= key.Height - 3);
        }
    }

    [Fact]
    public void Run_TileTooLargeEvenInParts_IsComputedOnTheProcessor()
    {
        var processor = new FakeEngine();
        var engine = new FakeEngine { Processor = processor, Compute = (_, _) => throw new DeviceMemoryException("out of memory") };
        var work = new TileWork(Enumerable.Repeat((byte)9, 20 * 20 * 3).ToArray(), PixelFormat.RgbU8, new WantedRegion(8, 8, 4, 4));
        new BatchRunner(engine, NullLogger<BatchRunner>.Instance).Run(
            [new TileJob(new BatchKey(FakeEngine.Model, Precision.Bf16, 20, 20), work, _outcomes.Add)]);
        Assert.Equal(FakeEngine.Enlarge(work, 20), Assert.Single(_outcomes).Answer!.Pixels);
        Assert.All(processor.Batches, batch => Assert.Equal(Precision.Fp32, batch.Key.Precision));

        // Its memory is the last.
        processor.Compute = (_, _) => throw new DeviceMemoryException("out of memory there too");
        new BatchRunner(engine, NullLogger<BatchRunner>.Instance).Run(
            [new TileJob(new BatchKey(FakeEngine.Model, Precision.Bf16, 20, 20), work, _outcomes.Add)]);
        Assert.Equal(TileFailureKind.Memory, _outcomes[1].Failure!.Kind);
        Assert.Contains("out of memory there too", _outcomes[1].Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_TileThatThrows_FailsAlone()
    {
        _engine.Compute = (_, tiles) => tiles.Any(tile => First(tile) == 1)
            ? throw new InvalidOperationException("bad luck")
            : [.. tiles.Select(tile => FakeEngine.Enlarge(tile))];
        Run(Precision.Fp32, 1, 2);
        Assert.Contains("bad luck", _outcomes[0].Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(2, _outcomes[1].Answer!.Pixels![0]);
    }

    [Fact]
    public void Run_DeviceLost_TellsEveryJobAndThrows()
    {
        _engine.Compute = (_, _) => throw new DeviceLostException("gone");
        Assert.Throws<DeviceLostException>(() => Run(Precision.Fp32, 1, 2));
        Assert.Equal(2, _outcomes.Count(outcome => outcome.Failure?.Kind == TileFailureKind.Device));
    }

    private void Run(Precision precision, params byte[] values)
    {
        var runner = new BatchRunner(_engine, NullLogger<BatchRunner>.Instance);
        runner.Run([.. values.Select(value => new TileJob(
            new BatchKey(FakeEngine.Model, precision, 4, 4),
            new TileWork(Enumerable.Repeat(value, 48).ToArray(), PixelFormat.RgbU8, new WantedRegion(0, 0, 4, 4)),
            _outcomes.Add))]);
    }

    private void RunOne(int width, int height, TileWork work) => new BatchRunner(_engine, NullLogger<BatchRunner>.Instance).Run(
        [new TileJob(new BatchKey(FakeEngine.Model, Precision.Fp32, width, height), work, _outcomes.Add)]);

    private static byte First(TileWork tile) => tile.Pixels.Span[0];
}
