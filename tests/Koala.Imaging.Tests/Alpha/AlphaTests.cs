using Koala.Imaging.Alpha;
using NetVips;

namespace Koala.Imaging.Tests.Alpha;

public class AlphaTests : TestFolder
{
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void ReadRows_HiddenColours_AreThoseOfTheVisible(int bits)
    {
        // A red disc; under its transparent surroundings lies shrieking green.
        var max = (1 << bits) - 1;
        using var disc = Disc(120, 90, 30);
        using var red = Image.Black(120, 90) + new double[] { max, 0, 0 };
        using var green = Image.Black(120, 90) + new double[] { 0, max, 0 };
        using var colour = disc.Ifthenelse(red, green);
        Save(colour.Bandjoin(disc / 255 * max), bits);

        using var reader = ImageReader.Open(PathOf("in.png"));
        using var rgb = Image.NewFromMemoryCopy(
            Pictures.ReadAll(reader), 120, 90, 3, bits == 8 ? Enums.BandFormat.Uchar : Enums.BandFormat.Ushort);

        using var near = Disc(120, 90, 30 + 28);
        Assert.Equal(0, near.Ifthenelse(rgb.ExtractBand(1), 0).Max());
        Assert.Equal(max, near.Ifthenelse(rgb.ExtractBand(0), max).Min());
    }

    [Fact]
    public void Next_AnyRow_IsTheMeanOfTheSurroundings()
    {
        // Against a plain computation over the whole window of every pixel.
        const int Width = 75;
        const int Height = 81;
        var random = new Random(5);
        var rgb = new byte[3 * Width * Height];
        random.NextBytes(rgb);
        var alpha = Enumerable.Range(0, Width * Height).Select(i => (ushort)(i % Width > 40 && i / Width > 30 ? random.Next(2) * random.Next(65536) : 0)).ToArray();
        var bleed = new ColourBleed(Width, Height, SampleFormat.U8, (row, colours, opacity) =>
        {
            rgb.AsSpan(3 * Width * row, 3 * Width).CopyTo(colours);
            alpha.AsSpan(Width * row, Width).CopyTo(opacity);
        });
        var result = new byte[3 * Width];
        for (var y = 0; y < Height; y++)
        {
            bleed.Next(result);
            for (var i = 0; i < result.Length; i++)
                Assert.InRange(result[i] - Expected(i / 3, y, i % 3), -1, 1);
        }

        int Expected(int x, int y, int channel)
        {
            var own = rgb[3 * (Width * y + x) + channel];
            var opacity = alpha[Width * y + x];
            if (opacity >= 8 * 257)
                return own;
            double sum = 0, weights = 0;
            for (var v = Math.Max(0, y - 32); v <= Math.Min(Height - 1, y + 32); v++)
            {
                for (var u = Math.Max(0, x - 32); u <= Math.Min(Width - 1, x + 32); u++)
                {
                    var weight = alpha[Width * v + u] * (Math.Abs(u - x) <= 4 && Math.Abs(v - y) <= 4 ? 1001.0 : 1);
                    sum += weight * rgb[3 * (Width * v + u) + channel];
                    weights += weight;
                }
            }
            var mean = weights == 0 ? 127.5 : sum / weights;
            return (int)Math.Round(mean + (own - mean) * opacity / (8 * 257));
        }
    }

    [Theory]
    [InlineData(8, 4.0)]
    [InlineData(16, 4.0)]
    [InlineData(8, 1.5)]
    [InlineData(16, 0.4)]
    public void Resize_Edges_HaveNoRings(int bits, double scale)
    {
        var max = (1 << bits) - 1;
        using var disc = Disc(100, 80, 25);
        using var alpha = (disc / 255 * max).Cast(bits == 8 ? Enums.BandFormat.Uchar : Enums.BandFormat.Ushort);
        using var plateau = (disc / 255 * max * 0.5).Cast(alpha.Format);
        var (width, height) = ((int)(100 * scale), (int)(80 * scale));

        using var resized = AlphaPlane.Resize(alpha, width, height);
        using var half = AlphaPlane.Resize(plateau, width, height);

        Assert.Equal((width, height, alpha.Format), (resized.Width, resized.Height, resized.Format));
        Assert.True(half.Max() <= plateau.Max());
        using var inner = Disc(width, height, 25 * scale - 3 * Math.Max(1, scale));
        using var outer = Disc(width, height, 25 * scale + 3 * Math.Max(1, scale));
        Assert.Equal(max, inner.Ifthenelse(resized, max).Min());
        Assert.Equal(0, outer.Ifthenelse(0, resized).Max());
        // Along a row from the outside to the middle it only rises.
        var row = Pictures.Bytes((resized.Crop(0, height / 2, width / 2, 1) / (bits == 8 ? 1 : 257)).Cast(Enums.BandFormat.Uchar));
        Assert.Equal(row.Order(), row);
    }

    private void Save(Image rgba, int bits) => rgba
        .Cast(bits == 8 ? Enums.BandFormat.Uchar : Enums.BandFormat.Ushort)
        .Copy(interpretation: bits == 8 ? Enums.Interpretation.Srgb : Enums.Interpretation.Rgb16)
        .Pngsave(PathOf("in.png"));

    /// <summary>255 inside, 0 outside.</summary>
    private static Image Disc(int width, int height, double radius)
    {
        using var xy = Image.Xyz(width, height) - new double[] { (width - 1) / 2.0, (height - 1) / 2.0 };
        using var square = xy * xy;
        return square.ExtractBand(0) + square.ExtractBand(1) < radius * radius;
    }
}
