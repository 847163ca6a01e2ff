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

        var (format, network) = (bits == 8 ? SampleFormat.U8 : SampleFormat.U16, scale > 2 ? 4 : 2);
        using var whole = new AlphaPlane(alpha.Copy(), format, network, width, height);
        using var lower = new AlphaPlane(plateau.Copy(), format, network, width, height);
        using var resized = whole.Image.CopyMemory();
        using var half = lower.Image.CopyMemory();

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
