using Koala.Client;

namespace Koala.PaintDotNet.Layers;

/// <summary>Rectangles of whole pixels, put together.</summary>
internal static class Regions
{
    /// <summary>What two rectangles share; of no width or height where they share nothing.</summary>
    public static PixelRegion Intersect(this PixelRegion a, PixelRegion b)
    {
        var (left, top) = (Math.Max(a.X, b.X), Math.Max(a.Y, b.Y));
        return new PixelRegion(left, top, Math.Max(0, Math.Min(a.Right, b.Right) - left), Math.Max(0, Math.Min(a.Bottom, b.Bottom) - top));
    }

    /// <summary>The rectangle with so many pixels more on every side.</summary>
    public static PixelRegion Inflate(this PixelRegion region, int pixels) =>
        new(region.X - pixels, region.Y - pixels, region.Width + 2 * pixels, region.Height + 2 * pixels);

    /// <summary>The smallest rectangle around it whose edges are multiples of <paramref name="grid"/>.</summary>
    public static PixelRegion AlignOutwards(this PixelRegion region, int grid)
    {
        var (left, top) = (Floor(region.X, grid), Floor(region.Y, grid));
        return new PixelRegion(left, top, Ceiling(region.Right, grid) - left, Ceiling(region.Bottom, grid) - top);
    }

    /// <summary>The largest multiple that is not above a value.</summary>
    public static int Floor(int value, int grid) => value - (value % grid + grid) % grid;

    /// <summary>The smallest multiple that is not below a value.</summary>
    public static int Ceiling(int value, int grid) => -Floor(-value, grid);
}
