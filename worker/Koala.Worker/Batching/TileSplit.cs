using Koala.Worker.Inference;

namespace Koala.Worker.Batching;

/// <summary>
/// A tile that is too large for the device's memory, as two smaller ones: each has half of the wanted region and the model's
/// halo of real pixels around it, so that both together give what the tile would have given.
/// </summary>
internal sealed class TileSplit
{
    private readonly TileWork _whole;
    private readonly bool _sideBySide;

    private TileSplit(BatchKey key, TileWork whole, bool sideBySide, WantedRegion first, WantedRegion second, ModelDescription model)
    {
        (_whole, _sideBySide) = (whole, sideBySide);
        First = Part(key, whole, first, model);
        Second = Part(key, whole, second, model);
    }

    /// <summary>The upper or left half.</summary>
    public (BatchKey Key, TileWork Work) First { get; }

    /// <summary>The lower or right half.</summary>
    public (BatchKey Key, TileWork Work) Second { get; }

    /// <summary>
    /// The two halves; null where they would not be smaller, as they are nothing but halo, or where kernels are asked for, which
    /// are not joined.
    /// </summary>
    public static TileSplit? Of(BatchKey key, TileWork tile, ModelDescription model)
    {
        var wanted = tile.Wanted;
        var sideBySide = wanted.Width >= wanted.Height;
        if (Math.Max(wanted.Width, wanted.Height) < 2 || key.Options.Kernels)
            return null;
        var (first, second) = sideBySide
            ? (wanted with { Width = wanted.Width / 2 },
                wanted with { X = wanted.X + wanted.Width / 2, Width = wanted.Width - wanted.Width / 2 })
            : (wanted with { Height = wanted.Height / 2 },
                wanted with { Y = wanted.Y + wanted.Height / 2, Height = wanted.Height - wanted.Height / 2 });
        var split = new TileSplit(key, tile, sideBySide, first, second, model);
        return IsSmaller(split.First.Key, key) && IsSmaller(split.Second.Key, key) ? split : null;
    }

    /// <summary>The halves' answers as that of the whole wanted region.</summary>
    public TileAnswer Join(TileAnswer first, TileAnswer second, int scale)
    {
        var (one, other) = (Area(First.Work.Wanted), Area(Second.Work.Wanted));
        return new TileAnswer
        {
            Pixels = Join(first.Pixels, second.Pixels, scale),
            Covariances = Join(first.Covariances, second.Covariances, 1),
            Rebuilt = Join(first.Rebuilt, second.Rebuilt, 1),
            MeanSquaredError = (first.MeanSquaredError * one + second.MeanSquaredError * other) / (one + other),
        };

        static double Area(WantedRegion region) => (double)region.Width * region.Height;
    }

    private byte[]? Join(byte[]? first, byte[]? second, int scale)
    {
        if (first is null || second is null)
            return null;
        var joined = new byte[first.Length + second.Length];
        if (!_sideBySide)
        {
            first.CopyTo(joined, 0);
            second.CopyTo(joined, first.Length);
            return joined;
        }
        var rows = _whole.Wanted.Height * scale;
        var (left, right) = (first.Length / rows, second.Length / rows);
        for (var y = 0; y < rows; y++)
        {
            first.AsSpan(y * left, left).CopyTo(joined.AsSpan(y * (left + right)));
            second.AsSpan(y * right, right).CopyTo(joined.AsSpan(y * (left + right) + left));
        }
        return joined;
    }

    private static bool IsSmaller(BatchKey part, BatchKey whole) => (long)part.Width * part.Height < (long)whole.Width * whole.Height;

    private static (BatchKey, TileWork) Part(BatchKey key, TileWork whole, WantedRegion wanted, ModelDescription model)
    {
        var (x, width) = Span(wanted.X, wanted.Width, key.Width, model);
        var (y, height) = Span(wanted.Y, wanted.Height, key.Height, model);
        return (
            key with { Width = width, Height = height },
            whole with
            {
                Pixels = Cut(whole.Pixels, PixelConversion.BytesPerPixel(whole.Format)),
                KeepBlurMask = Cut(whole.KeepBlurMask, 1),
                Wanted = wanted with { X = wanted.X - x, Y = wanted.Y - y },
            });

        byte[] Cut(ReadOnlyMemory<byte> plane, int pixelBytes)
        {
            if (plane.IsEmpty)
                return [];
            var cut = new byte[width * height * pixelBytes];
            for (var row = 0; row < height; row++)
                plane.Span.Slice(((y + row) * key.Width + x) * pixelBytes, width * pixelBytes).CopyTo(cut.AsSpan(row * width * pixelBytes));
            return cut;
        }
    }

    /// <summary>What a wanted stretch needs of the tile's side: with its halo, from a multiple of the alignment on.</summary>
    private static (int Start, int Length) Span(int wanted, int length, int side, ModelDescription model)
    {
        var start = Math.Max(0, wanted - model.HaloLr);
        start -= start % model.Alignment;
        return (start, Math.Min(side, wanted + length + model.HaloLr) - start);
    }
}
