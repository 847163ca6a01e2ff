namespace Koala.Client;

/// <summary>
/// How an image, or a region of it, is cut into tiles: rows of tiles, all of one size, that cover it evenly. Neighbours' wanted regions
/// share <see cref="Overlap"/> pixels, over which <see cref="TileBlender"/> blends them. Immutable.
/// </summary>
public sealed class TileLayout
{
    /// <summary>LR pixels that neighbours share unless told otherwise.</summary>
    public const int DefaultOverlap = 4;

    // Keeps every coordinate of the enlarged image within an int.
    private const int LongestSide = 1 << 26;

    private readonly TileAxis _horizontal;
    private readonly TileAxis _vertical;

    /// <summary>Divides an image. All arguments are in LR pixels.</summary>
    /// <param name="width">Width of the image, at least 1.</param>
    /// <param name="height">Height of the image, at least 1.</param>
    /// <param name="tileSide">
    /// Longest side of a tile, halo included; at least <see cref="MinimumTileSide"/>. Tiles are smaller where the image
    /// divides more evenly so.
    /// </param>
    /// <param name="halo">Pixels of image, or of its reflection, that surround every wanted region at least.</param>
    /// <param name="alignment">
    /// Tile origins are multiples of it, counted from the image's upper left corner, and so are tile sides.
    /// </param>
    /// <param name="overlap">Pixels that the wanted regions of neighbours share.</param>
    /// <param name="region">
    /// What is wanted of the image; the pixels around it are its halo. Default: all of the image.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public TileLayout(
        int width, int height, int tileSide, int halo, int alignment = 4, int overlap = DefaultOverlap, PixelRegion? region = null)
    {
        CheckRange(width, 1, LongestSide, nameof(width));
        CheckRange(height, 1, LongestSide, nameof(height));
        var minimum = MinimumTileSide(halo, alignment, overlap);
        CheckRange(tileSide, minimum, LongestSide, nameof(tileSide));
        Region = region ?? new PixelRegion(0, 0, width, height);
        CheckRange(Region.X, 0, width - 1, nameof(region));
        CheckRange(Region.Y, 0, height - 1, nameof(region));
        CheckRange(Region.Width, 1, width - Region.X, nameof(region));
        CheckRange(Region.Height, 1, height - Region.Y, nameof(region));

        Width = width;
        Height = height;
        Halo = halo;
        Alignment = alignment;
        Overlap = overlap;
        _horizontal = new TileAxis(Region.X, Region.Width, tileSide, halo, alignment, overlap);
        _vertical = new TileAxis(Region.Y, Region.Height, tileSide, halo, alignment, overlap);
    }

    /// <summary>Width of the image in LR pixels.</summary>
    public int Width { get; }

    /// <summary>Height of the image in LR pixels.</summary>
    public int Height { get; }

    /// <summary>What the tiles cover together, in LR pixels.</summary>
    public PixelRegion Region { get; }

    /// <summary>LR pixels around every wanted region, at least.</summary>
    public int Halo { get; }

    /// <summary>Tile origins and sides are multiples of so many LR pixels.</summary>
    public int Alignment { get; }

    /// <summary>LR pixels that the wanted regions of neighbours share.</summary>
    public int Overlap { get; }

    /// <summary>Width of every tile in LR pixels, halo included.</summary>
    public int TileWidth => _horizontal.TileSize;

    /// <summary>Height of every tile in LR pixels, halo included.</summary>
    public int TileHeight => _vertical.TileSize;

    /// <summary>Tiles side by side.</summary>
    public int Columns => _horizontal.Spans.Length;

    /// <summary>Rows of tiles.</summary>
    public int Rows => _vertical.Spans.Length;

    /// <summary>Number of tiles.</summary>
    public int Count => checked(Columns * Rows);

    /// <summary>The tile of a number, counted along rows of tiles from the upper left.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tile.</exception>
    public TilePlacement this[int index]
    {
        get
        {
            CheckRange(index, 0, Count - 1, nameof(index));
            var x = _horizontal.Spans[index % Columns];
            var y = _vertical.Spans[index / Columns];
            return new TilePlacement(
                index,
                new PixelRegion(x.Origin, y.Origin, TileWidth, TileHeight),
                new PixelRegion(x.Start, y.Start, x.Length, y.Length));
        }
    }

    /// <summary>The smallest side of a tile, in LR pixels, that leaves room for halo and overlaps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public static int MinimumTileSide(int halo, int alignment = 4, int overlap = DefaultOverlap)
    {
        CheckRange(halo, 0, 4096, nameof(halo));
        CheckRange(alignment, 1, 4096, nameof(alignment));
        CheckRange(overlap, 0, 4096, nameof(overlap));
        return TileAxis.MinimumTileSide(halo, alignment, overlap);
    }

    /// <summary>The tiles' wanted columns.</summary>
    internal ReadOnlySpan<TileSpan> ColumnSpans => _horizontal.Spans;

    /// <summary>The rows of tiles' wanted rows.</summary>
    internal ReadOnlySpan<TileSpan> RowSpans => _vertical.Spans;

    private static void CheckRange(int value, int minimum, int maximum, string name)
    {
        if (value < minimum || value > maximum)
            throw new ArgumentOutOfRangeException(name, value, $"Expected {minimum} to {maximum} but got {value}.");
    }
}
