namespace Koala.Client;

/// <summary>One tile along one direction, in LR pixels.</summary>
/// <param name="Origin">First pixel of the tile, halo included; a multiple of the alignment, negative at the border.</param>
/// <param name="Start">First wanted pixel.</param>
/// <param name="Length">Number of wanted pixels.</param>
internal readonly record struct TileSpan(int Origin, int Start, int Length)
{
    /// <summary>The first pixel after the wanted ones.</summary>
    public int End => Start + Length;
}

/// <summary>
/// Divides one direction of an image, or a part of it, into tiles of one size. Wanted spans start at multiples of the alignment (the first
/// one where the part does), differ by at most two of them in length, and share <c>overlap</c> pixels with the next.
/// </summary>
internal sealed class TileAxis
{
    /// <summary>Divides <paramref name="length"/> pixels from <paramref name="from"/> on. The other arguments are those of
    /// <see cref="TileLayout"/>, and checked there.</summary>
    public TileAxis(int from, int length, int tileSide, int halo, int alignment, int overlap)
    {
        // Tiles lie on the image's grid, wherever the part begins.
        var lead = from % alignment;
        var origin = from - lead;
        length += lead;

        // Wanted spans start on the grid, so the halo before them is rounded up for the origin to be on it as well.
        var haloBefore = RoundUp(halo, alignment);
        var sideMax = tileSide / alignment * alignment;

        if (RoundUp((long)haloBefore + length + halo, alignment) <= sideMax)
        {
            TileSize = RoundUp(haloBefore + length + halo, alignment);
            Spans = [new TileSpan(origin - haloBefore, from, length - lead)];
            return;
        }

        var strideMax = (sideMax - haloBefore - halo - overlap) / alignment * alignment;
        var count = CeilingDivide(length - overlap, strideMax);
        var steps = CeilingDivide(length - overlap, alignment);

        Spans = new TileSpan[count];
        for (var i = 0; i < count; i++)
        {
            var start = StartOf(i);
            var end = i == count - 1 ? length : StartOf(i + 1) + overlap;
            var wanted = i == 0 ? lead : start;
            Spans[i] = new TileSpan(origin + start - haloBefore, origin + wanted, end - wanted);
        }
        TileSize = RoundUp(Spans.Max(span => span.End - span.Origin) + halo, alignment);

        // Spreads the grid's steps evenly over the tiles: no tile is left with a tiny rest.
        int StartOf(int tile) => (int)((long)tile * steps / count) * alignment;
    }

    /// <summary>Pixels of every tile, halo included; a multiple of the alignment.</summary>
    public int TileSize { get; }

    /// <summary>The tiles in order.</summary>
    public TileSpan[] Spans { get; }

    /// <summary>
    /// The shortest tile that leaves room for its halo and for two overlaps: no pixel is then shared by three tiles.
    /// </summary>
    public static int MinimumTileSide(int halo, int alignment, int overlap) =>
        RoundUp(
            RoundUp(halo, alignment) + halo + overlap + Math.Max(alignment, 2 * RoundUp(overlap, alignment)),
            alignment);

    private static int RoundUp(int value, int alignment) => checked((int)RoundUp((long)value, alignment));

    private static long RoundUp(long value, int alignment) => (value + alignment - 1) / alignment * alignment;

    private static int CeilingDivide(int value, int divisor) => (int)(((long)value + divisor - 1) / divisor);
}
