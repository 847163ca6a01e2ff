using ImageMagick;
using NetVips;

namespace Koala.Imaging.Tests;

public class MagickFileTests : TestFolder
{
    [Theory]
    [InlineData("in.psd", MagickFormat.Psd)]
    [InlineData("in.jxl", MagickFormat.Jxl)]
    [InlineData("in.exr", MagickFormat.Exr)]
    [InlineData("in.heic", MagickFormat.Heic)]
    public void Open_FormatThatLibvipsLacks_IsReadWithItsMetadata(string name, MagickFormat format)
    {
        using (var image = Photograph())
        {
            image.Quality = 100;
            try
            {
                image.Write(PathOf(name), format);
            }
            catch (MagickException error)
            {
                Assert.Skip(error.Message);
            }
        }

        using var reader = ImageReader.Open(PathOf(name));
        Assert.Equal((40, 30, false), (reader.Width, reader.Height, reader.HasAlpha));
        var expected = Pictures.Decode(PathOf("photograph.png"));
        var actual = Pictures.ReadAll(reader);
        Assert.InRange(expected.Zip(actual, (a, b) => (double)Math.Abs(a - b)).Average(), 0, 4);

        Pictures.Repeat(PathOf(name), PathOf("out.png"), 2);
        Assert.Equal("40x30 80x60", $"{reader.Width}x{reader.Height} " + Tool.Run("identify", "-format", "%wx%h", PathOf("out.png")));
    }

    [Fact]
    public void Open_PhotoshopWithMoreThan8Bits_SaysWhatIsLost()
    {
        using (var image = Photograph())
            image.Write(PathOf("in.psd"), MagickFormat.Psd);
        var bytes = File.ReadAllBytes(PathOf("in.psd"));
        Assert.Equal(8, bytes[23]);
        using (var plain = ImageReader.Open(PathOf("in.psd")))
            Assert.Empty(plain.Notes);
        using var deep = new MagickImage(PathOf("photograph.png")) { Depth = 16 };
        deep.Write(PathOf("deep.psd"), MagickFormat.Psd);
        Assert.SkipUnless(File.ReadAllBytes(PathOf("deep.psd"))[23] == 16 && Quantum.Depth == 8, "needs a file of 16 bits and an edition of 8");

        using var reader = ImageReader.Open(PathOf("deep.psd"));

        Assert.Contains("8 bits a channel", Assert.Single(reader.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8BPS and nothing else")]
    [InlineData("gimp xcf v011 and nothing else")]
    public void Open_Damaged_IsCorruptAndLeavesNothing(string content)
    {
        File.WriteAllText(PathOf("in.psd"), content);

        Assert.Equal(ImageFileError.Corrupt, ErrorOf(() => ImageReader.Open(PathOf("in.psd"))));
        Assert.Equal(ImageFileError.Corrupt, ErrorOf(() => ImageReader.Open(new MemoryStream(File.ReadAllBytes(PathOf("in.psd"))), "standard input")));
    }

    [Fact]
    public void Open_CmykPhotoshop_BecomesRgb()
    {
        using (var image = Photograph())
        {
            image.TransformColorSpace(ColorProfiles.SRGB, ColorProfiles.USWebCoatedSWOP);
            image.Write(PathOf("in.psd"), MagickFormat.Psd);
        }

        using var reader = ImageReader.Open(PathOf("in.psd"));

        Assert.Contains(reader.Notes, note => note.Contains("CMYK", StringComparison.Ordinal));
        Assert.Equal(3 * 40, reader.BytesPerRow);
    }

    private MagickImage Photograph()
    {
        using var noise = Image.Gaussnoise(40, 30, sigma: 60, mean: 128, seed: 3).Gaussblur(2);
        using var colours = noise.Bandjoin(noise.Rot180(), noise.Flip(Enums.Direction.Horizontal)).Cast(Enums.BandFormat.Uchar);
        colours.Copy(interpretation: Enums.Interpretation.Srgb).Pngsave(PathOf("photograph.png"));
        return new MagickImage(PathOf("photograph.png"));
    }
}
