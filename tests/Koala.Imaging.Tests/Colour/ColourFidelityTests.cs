using System.Runtime.InteropServices;
using Koala.TestFiles;
using NetVips;

namespace Koala.Imaging.Tests.Colour;

public class ColourFidelityTests : TestFolder
{
    [Theory]
    [InlineData("rgb", 8, SampleFormat.U16)]
    [InlineData("rgba", 8, SampleFormat.U16)]
    [InlineData("rgb", 16, SampleFormat.F32)]
    public void Repeat_ForeignToneCurve_EveryLevelComesBack(string kind, int bits, SampleFormat rows)
    {
        using var picture = Opaque(Pictures.Noise(kind, 64, 64, bits));
        foreach (var profile in (byte[][])[IccProfiles.AdobeRgb, IccProfiles.ProPhoto, IccProfiles.LinearRgb])
        {
            Tagged(picture, profile).Pngsave(PathOf("in.png"));
            using (var reader = ImageReader.Open(PathOf("in.png")))
                Assert.Equal(rows, reader.RowFormat);

            Pictures.Repeat(PathOf("in.png"), PathOf("out.png"), 1);

            Assert.Equal(Pictures.Bytes(picture), Pictures.Decode(PathOf("out.png")));
        }
    }

    [Fact]
    public void ReadRows_AdobeRgb_IsSrgbsCurveOfTheSameLight()
    {
        using var grey = (Image.Black(8, 8, bands: 3) + 128).Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        Tagged(grey, IccProfiles.AdobeRgb).Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));

        // Neutral colours are the same whatever the primaries: what libvips makes of them for sRGB is the measure.
        using var srgb = Image.NewFromFile(PathOf("in.png")).IccTransform("srgb", depth: 16);
        var expected = srgb.Getpoint(0, 0)[0];
        Assert.InRange(MemoryMarshal.Cast<byte, ushort>(Pictures.ReadAll(reader))[0], expected - 100, expected + 100);
    }

    [Fact]
    public void Repeat_GreyWithAToneCurve_ComesBack()
    {
        using var picture = Pictures.Noise("grey", 32, 32);
        Tagged(picture, IccProfiles.GreyGamma22).Tiffsave(PathOf("in.tif"));

        Pictures.Repeat(PathOf("in.tif"), PathOf("out.tif"), 1);

        Assert.Equal(Pictures.Bytes(picture), Pictures.Decode(PathOf("out.tif")));
        using var output = Image.NewFromFile(PathOf("out.tif"));
        Assert.Equal((1, IccProfiles.GreyGamma22.Length), (output.Bands, ((byte[])output.Get("icc-profile-data")).Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Repeat_Float_KeepsLightBeyondWhite(int bands)
    {
        var values = new float[20 * 10 * bands];
        var random = new Random(2);
        for (var i = 0; i < values.Length; i++)
            values[i] = bands is 2 or 4 && i % bands == bands - 1 ? 1 : 40 * MathF.Pow(random.NextSingle(), 6) - 0.01f;
        using var picture = Image.NewFromMemory<float>(values, 20, 10, bands, Enums.BandFormat.Float)
            .Copy(interpretation: bands < 3 ? Enums.Interpretation.Bw : Enums.Interpretation.Scrgb);
        picture.Tiffsave(PathOf("in.tif"));

        Pictures.Repeat(PathOf("in.tif"), PathOf("out.tif"), 1);

        using var output = Image.NewFromFile(PathOf("out.tif"));
        Assert.Equal((Enums.BandFormat.Float, bands), (output.Format, output.Bands));
        var result = output.WriteToMemory<float>();
        Assert.All(values.Zip(result), pair => Assert.Equal(pair.First, pair.Second, 1e-4 + Math.Abs(pair.First) * 1e-4));
        using var reader = ImageReader.Open(PathOf("in.tif"));
        Assert.All(
            MemoryMarshal.Cast<byte, float>(Pictures.ReadAll(reader)).ToArray(), value => Assert.InRange(value, -0.2f, 1.00001f));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void ReadRows_FloatThatIsNoNumber_IsCorrupt(float odd)
    {
        var values = new float[16 * 16 * 3];
        values[100] = odd;
        Image.NewFromMemory<float>(values, 16, 16, 3, Enums.BandFormat.Float).Copy(interpretation: Enums.Interpretation.Scrgb).Tiffsave(PathOf("in.tif"));

        Assert.Equal(ImageFileError.Corrupt, ErrorOf(() =>
        {
            using var reader = ImageReader.Open(PathOf("in.tif"));
            Pictures.ReadAll(reader);
        }));
    }

    [Theory]
    [InlineData("in.tif", 8)]
    [InlineData("in.tif", 16)]
    [InlineData("in.jpg", 8)]
    public void Open_Cmyk_BecomesSrgbAndSaysSo(string name, int bits)
    {
        using var srgb = (Image.Black(16, 16, bands: 3) + new double[] { 200, 120, 60 }).Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        using var cmyk = srgb.IccTransform("cmyk", inputProfile: "srgb", depth: bits);
        Pictures.Save(cmyk, PathOf(name));

        using var reader = ImageReader.Open(PathOf(name));
        var note = Assert.Single(reader.Notes);
        Assert.Contains("CMYK", note, StringComparison.Ordinal);
        Pictures.Repeat(PathOf(name), PathOf("out.png"), 2);

        using var output = Image.NewFromFile(PathOf("out.png"));
        Assert.Equal((3, bits == 8 ? Enums.BandFormat.Uchar : Enums.BandFormat.Ushort), (output.Bands, output.Format));
        var unit = bits == 8 ? 1 : 257;
        Assert.All(output.Getpoint(8, 8).Zip([200.0, 120, 60]), pair => Assert.InRange(pair.First / unit, pair.Second - 20, pair.Second + 20));
    }

    [Fact]
    public void Repeat_Untagged_StaysUntagged()
    {
        Pictures.Noise("rgb", 8, 8).Pngsave(PathOf("in.png"));
        Pictures.Repeat(PathOf("in.png"), PathOf("out.tif"), 1);
        using var output = Image.NewFromFile(PathOf("out.tif"));
        Assert.False(output.Contains("icc-profile-data"));
    }

    private static Image Opaque(Image picture) => picture.Bands == 4
        ? picture.ExtractBand(0, n: 3).Bandjoin(picture.Format == Enums.BandFormat.Uchar ? 255 : 65535)
        : picture;

    private static Image Tagged(Image picture, byte[] profile) =>
        picture.Mutate(image => image.Set(GValue.BlobType, "icc-profile-data", profile));
}
