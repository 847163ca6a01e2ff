using PaintDotNet.Effects;
using PaintDotNet.Imaging;
using PaintDotNet.Rendering;

namespace Koala.PaintDotNet.Tests.Host;

/// <summary>A layer of paint.net's in memory.</summary>
internal sealed record Layer(int Width, int Height, ColorBgra32[] Pixels)
{
    /// <summary>Smooth colours with edges in them: what the network changes, and what looks like a picture.</summary>
    public static Layer Picture(int width, int height, int seed = 1)
    {
        var pixels = new ColorBgra32[width * height];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                pixels[y * width + x] = new ColorBgra32(Wave(x, y, 0.31), Wave(y, x, 0.23), Wave(x + y, x - y, 0.17), 255);
        return new Layer(width, height, pixels);

        byte Wave(double a, double b, double frequency) =>
            (byte)(128 + 70 * Math.Sin(frequency * a + seed) * Math.Cos(0.6 * frequency * b) + (Math.Sin(0.05 * a + 0.11 * b + seed) > 0.4 ? 40 : 0));
    }

    public MemoryEnvironment Environment(RectInt32? selection = null, byte[]? mask = null, byte[]? profile = null) =>
        new(new SizeInt32(Width, Height), Pixels, selection, mask?.Select(value => new ColorAlpha8(value)).ToArray(), profile);

    /// <summary>The layer with other pixels.</summary>
    public Layer With(Func<int, int, ColorBgra32, ColorBgra32> change) =>
        this with { Pixels = [.. Pixels.Select((pixel, i) => change(i % Width, i / Width, pixel))] };

    public ColorBgra32 this[int x, int y] => Pixels[y * Width + x];

    /// <summary>Largest difference of two colours that can be seen.</summary>
    public static int LargestDifference(IEnumerable<ColorBgra32> a, IEnumerable<ColorBgra32> b) => a.Zip(b, (p, q) =>
        p.A == 0 && q.A == 0 ? 0 : new[] { p.B - q.B, p.G - q.G, p.R - q.R, p.A - q.A }.Max(Math.Abs)).Max();
}
