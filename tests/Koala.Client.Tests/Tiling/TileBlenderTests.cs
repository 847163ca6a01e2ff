using System.Runtime.InteropServices;

namespace Koala.Client.Tests.Tiling;

public class TileBlenderTests
{
    [Theory]
    [InlineData(1, 1, 2, 4)]
    [InlineData(1, 90, 4, 4)]
    [InlineData(90, 1, 2, 4)]
    [InlineData(97, 133, 2, 4)]
    [InlineData(97, 133, 4, 6)]
    [InlineData(64, 200, 2, 0)]
    public void Rows_OfRandomTilesInAnyOrder_AreTheWeightedMean(int width, int height, int scale, int overlap)
    {
        foreach (var format in Enum.GetValues<PixelFormat>())
        {
            var random = new Random(5);
            var layout = new TileLayout(width, height, 48, 5, overlap: overlap);
            var tiles = Enumerable.Range(0, layout.Count).Select(i => RandomTile(layout[i], scale, format, random)).ToArray();

            var actual = Blend(layout, scale, format, tiles, random);

            var expected = Reference(layout, scale, format, tiles);
            var values = ToDoubles(actual, format);
            var tolerance = format == PixelFormat.RgbF32 ? 1e-6 : 0.5 + 1e-9;
            for (var i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(values[i] - expected[i]) <= tolerance, $"{format} {i}: {values[i]} for {expected[i]}");
        }
    }

    [Fact]
    public void Rows_OfTilesThatAgree_AreExactlyTheirPixels()
    {
        foreach (var format in Enum.GetValues<PixelFormat>())
        {
            const int Scale = 4;
            var random = new Random(6);
            var layout = new TileLayout(120, 90, 48, 5, overlap: 5);
            var whole = RandomBytes(layout.Width * Scale * layout.Height * Scale, format, random);
            var tiles = Enumerable.Range(0, layout.Count).Select(i =>
            {
                var (wanted, pixelBytes) = (layout[i].Wanted.Scaled(Scale), format.BytesPerPixel());
                return Enumerable.Range(wanted.Y, wanted.Height).SelectMany(y => whole
                    .AsSpan((y * layout.Width * Scale + wanted.X) * pixelBytes, wanted.Width * pixelBytes).ToArray()).ToArray();
            }).ToArray();

            Assert.Equal(whole, Blend(layout, Scale, format, tiles, random));
        }
    }

    [Fact]
    public void Weights_OfOverlappingTiles_SumToOne()
    {
        foreach (var overlap in new[] { 0, 1, 2, 7, 16 })
        {
            var weights = new BlendWeights(overlap);
            var before = weights.Along(40, first: true, last: false);
            var after = weights.Along(40, first: false, last: true);

            Assert.All(before[..(40 - overlap)].Concat(after[overlap..]), weight => Assert.Equal(weights.Sum, weight));
            Assert.All(before[(40 - overlap)..].Zip(after), pair => Assert.Equal(weights.Sum, pair.First + pair.Second));
            Assert.True(after.Zip(after.Skip(1)).All(pair => pair.Second >= pair.First));
        }
    }

    [Fact]
    public void TakeRows_AfterEveryTile_GivesRowsAsSoonAsTheyAreCompleteAndLetsGoOfTiles()
    {
        var layout = new TileLayout(150, 1000, 48, 4);
        var blender = new TileBlender(layout, 2, PixelFormat.RgbU8);
        var tileRowBytes = 0L;
        for (var i = 0; i < layout.Columns; i++)
            tileRowBytes += blender.TileBytes(i);
        var rows = new byte[blender.RowBytes * 4000];
        var taken = 0;

        for (var i = 0; i < layout.Count; i++)
        {
            blender.Add(i, new byte[blender.TileBytes(i)]);
            var count = blender.TakeRows(rows);
            taken += count;

            Assert.Equal(i % layout.Columns == layout.Columns - 1, count > 0);
            Assert.True(blender.HeldBytes <= 1.3 * tileRowBytes);
        }

        Assert.Equal(2000, taken);
        Assert.Equal(layout.Rows, blender.FinishedTileRows);
        Assert.Equal(0, blender.HeldBytes);
    }

    [Fact]
    public void Add_OfWhatDoesNotFit_Throws()
    {
        var layout = new TileLayout(100, 200, 48, 4);
        var blender = new TileBlender(layout, 2, PixelFormat.RgbU16);
        blender.Add(1, new byte[blender.TileBytes(1)]);

        Assert.Throws<ArgumentException>(() => blender.Add(0, new byte[7]));
        Assert.Throws<ArgumentException>(() => blender.Add(1, new byte[blender.TileBytes(1)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => blender.Add(layout.Count, new byte[7]));
    }

    private static byte[] Blend(TileLayout layout, int scale, PixelFormat format, byte[][] tiles, Random random)
    {
        var blender = new TileBlender(layout, scale, format);
        var order = Enumerable.Range(0, layout.Count).ToArray();
        random.Shuffle(order);
        var result = new byte[blender.RowBytes * layout.Height * scale];
        var position = 0;
        foreach (var index in order)
        {
            blender.Add(index, tiles[index]);
            // A few rows at a time: a tile's rows may be taken in several calls.
            while (blender.TakeRows(result.AsSpan(position, Math.Min(3 * blender.RowBytes, result.Length - position))) is var count
                   && count > 0)
                position += count * blender.RowBytes;
        }
        Assert.Equal(result.Length, position);
        return result;
    }

    /// <summary>Every tile times its weight, divided by the weights: pixel by pixel, in one piece.</summary>
    private static double[] Reference(TileLayout layout, int scale, PixelFormat format, byte[][] tiles)
    {
        var width = layout.Width * scale;
        var sums = new double[width * layout.Height * scale * 3];
        var weights = new double[sums.Length];
        for (var i = 0; i < layout.Count; i++)
        {
            var wanted = layout[i].Wanted.Scaled(scale);
            var values = ToDoubles(tiles[i], format);
            for (var y = 0; y < wanted.Height; y++)
            {
                for (var x = 0; x < wanted.Width; x++)
                {
                    var weight = Ramp(x, wanted.Width, wanted.X > 0, wanted.Right < width)
                        * Ramp(y, wanted.Height, wanted.Y > 0, wanted.Bottom < layout.Height * scale);
                    for (var c = 0; c < 3; c++)
                    {
                        var target = ((wanted.Y + y) * width + wanted.X + x) * 3 + c;
                        sums[target] += weight * values[(y * wanted.Width + x) * 3 + c];
                        weights[target] += weight;
                    }
                }
            }
        }
        Assert.All(weights, weight => Assert.Equal(1, weight, 1e-12));
        return sums;

        double Ramp(int position, int length, bool before, bool after)
        {
            double overlap = layout.Overlap * scale;
            return Math.Min(
                before ? Math.Min(1, (position + 0.5) / overlap) : 1,
                after ? Math.Min(1, (length - position - 0.5) / overlap) : 1);
        }
    }

    private static byte[] RandomTile(TilePlacement tile, int scale, PixelFormat format, Random random)
    {
        var wanted = tile.Wanted.Scaled(scale);
        return RandomBytes(wanted.Width * wanted.Height, format, random);
    }

    private static byte[] RandomBytes(int pixels, PixelFormat format, Random random)
    {
        var bytes = new byte[pixels * format.BytesPerPixel()];
        if (format != PixelFormat.RgbF32)
            random.NextBytes(bytes);
        else
            foreach (ref var value in MemoryMarshal.Cast<byte, float>(bytes.AsSpan()))
                value = random.NextSingle() * 1.5f - 0.25f;
        return bytes;
    }

    private static double[] ToDoubles(byte[] bytes, PixelFormat format) => format switch
    {
        PixelFormat.RgbU8 => [.. bytes.Select(value => (double)value)],
        PixelFormat.RgbU16 => [.. MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(value => (double)value)],
        _ => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(value => (double)value)],
    };
}
