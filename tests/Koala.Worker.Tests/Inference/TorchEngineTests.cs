using System.Runtime.InteropServices;
using Koala.Network;
using Koala.Protocol.V1;
using Koala.Worker.Batching;
using Koala.Worker.Inference;
using Microsoft.Extensions.Logging.Abstractions;
using Precision = Koala.Network.Precision;

namespace Koala.Worker.Tests.Inference;

/// <summary>A batch of tiles that want different parts back.</summary>
public sealed class TorchEngineTests : IDisposable
{
    private const int Side = 48;

    private static readonly WantedRegion[] Regions = [new(20, 8, 9, 11), new(30, 25, 10, 4), new(0, 0, 3, 2)];

    private readonly TorchEngine _engine = new(
        new EngineOptions { Device = "cpu" }, new ModelFolder(new EngineOptions().Models, NullLogger<ModelFolder>.Instance), NullLogger<TorchEngine>.Instance);

    public void Dispose() => _engine.Unload();

    [Fact]
    public void Run_DifferentParts_AreThoseOfTheWholeTiles()
    {
        var key = new BatchKey(_engine.Load().Models.Models[0].Id, Precision.Fp32, Side, Side);
        foreach (var options in (InferenceOptions[])[InferenceOptions.Plain, new() { Covariances = true, Rebuilt = true, KeepBlur = 0.5f }])
        {
            TileWork[] tiles = [.. Regions.Select((region, n) => new TileWork(Noise(n), PixelFormat.RgbF32, region))];
            var answers = _engine.Run(key with { Options = options }, tiles);
            for (var n = 0; n < tiles.Length; n++)
            {
                var whole = _engine.Run(key with { Options = options }, [tiles[n] with { Wanted = new WantedRegion(0, 0, Side, Side) }])[0]!;
                var scale = _engine.Describe(key.Model).Scale;
                AssertPart(whole.Pixels, answers[n]!.Pixels, Regions[n], scale);
                AssertPart(whole.Covariances, answers[n]!.Covariances, Regions[n], 1);
                AssertPart(whole.Rebuilt, answers[n]!.Rebuilt, Regions[n], 1);
            }
        }
    }

    // Sums of a batch may be taken in another order.
    private static void AssertPart(byte[]? whole, byte[]? part, WantedRegion region, int scale)
    {
        Assert.Equal(whole is null, part is null);
        if (whole is null)
            return;
        var values = MemoryMarshal.Cast<byte, float>(whole);
        var expected = new List<float>();
        for (var y = scale * region.Y; y < scale * (region.Y + region.Height); y++)
            expected.AddRange(values.Slice(3 * (scale * Side * y + scale * region.X), 3 * scale * region.Width));
        Assert.Equal(expected, MemoryMarshal.Cast<byte, float>(part).ToArray(), (one, other) => Math.Abs(one - other) < 1e-3);
    }

    private static byte[] Noise(int seed)
    {
        var random = new Random(seed);
        float[] values = [.. Enumerable.Range(0, 3 * Side * Side).Select(_ => random.NextSingle())];
        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }
}
