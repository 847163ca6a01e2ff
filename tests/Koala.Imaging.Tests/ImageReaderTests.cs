using NetVips;

namespace Koala.Imaging.Tests;

public class ImageReaderTests : TestFolder
{
    [Theory]
    [InlineData("rgb", 8, ".png")]
    [InlineData("rgb", 8, ".tif")]
    [InlineData("rgb", 8, ".webp")]
    [InlineData("rgb", 16, ".png")]
    [InlineData("rgb", 16, ".tif")]
    [InlineData("grey", 8, ".png")]
    [InlineData("grey", 8, ".tif")]
    [InlineData("grey", 16, ".png")]
    [InlineData("greya", 8, ".png")]
    [InlineData("greya", 16, ".tif")]
    [InlineData("rgba", 8, ".png")]
    [InlineData("rgba", 8, ".webp")]
    [InlineData("rgba", 16, ".png")]
    public void ReadRows_InParts_DeliversTheColoursExactly(string kind, int bits, string extension)
    {
        using var picture = Pictures.Noise(kind, 37, 29, bits);
        Pictures.Save(picture, PathOf("in" + extension));

        using var reader = ImageReader.Open(PathOf("in" + extension));

        Assert.Equal((37, 29), (reader.Width, reader.Height));
        Assert.Equal(bits == 8 ? SampleFormat.U8 : SampleFormat.U16, reader.RowFormat);
        Assert.Equal(kind.StartsWith("grey", StringComparison.Ordinal), reader.IsGrey);
        Assert.Equal(kind.EndsWith('a'), reader.HasAlpha);
        Assert.Equal(Pictures.Rgb(picture), Pictures.ReadAll(reader));
        Assert.Equal(0, reader.ReadRows(new byte[reader.BytesPerRow]));
    }

    [Theory]
    [InlineData(".jpg")]
    [InlineData("[page=1].png")]
    [InlineData(" ü 写真 'x'.png")]
    public void Open_AnyName_ReadsTheFile(string name)
    {
        using var picture = Pictures.Noise("rgb", 8, 8);
        picture.Pngsave(PathOf("plain"));
        File.Move(PathOf("plain"), PathOf(name));

        using var reader = ImageReader.Open(PathOf(name));

        Assert.Equal(Pictures.Rgb(picture), Pictures.ReadAll(reader));
    }

    [Fact]
    public void Open_Palette_IsRgb()
    {
        using var picture = Pictures.Noise("rgb", 16, 16);
        picture.Pngsave(PathOf("in.png"), palette: true);

        using var reader = ImageReader.Open(PathOf("in.png"));

        Assert.False(reader.IsGrey);
        Assert.Equal(Pictures.Decode(PathOf("in.png")), Pictures.ReadAll(reader));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(8)]
    public void ReadRows_OrientationTag_IsApplied(int orientation)
    {
        using var picture = Pictures.Noise("rgb", 20, 30);
        using var tagged = picture.Mutate(image => image.Set(GValue.GIntType, "orientation", orientation));
        tagged.Tiffsave(PathOf("in.tif"));
        using var upright = tagged.Autorot();

        using var reader = ImageReader.Open(PathOf("in.tif"));

        Assert.Equal((upright.Width, upright.Height), (reader.Width, reader.Height));
        Assert.Equal(Pictures.Rgb(upright), Pictures.ReadAll(reader));
    }

    [Fact]
    public void ReadRows_LengthIsNoWholeRow_Throws()
    {
        using var picture = Pictures.Noise("rgb", 4, 4);
        picture.Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));

        Assert.Throws<ArgumentException>(() => reader.ReadRows(new byte[reader.BytesPerRow + 1]));
    }

    [Theory]
    [InlineData(".png", 60)]
    [InlineData(".jpg", 60)]
    [InlineData(".tif", 60)]
    [InlineData(".webp", 60)]
    [InlineData(".png", 99)]
    [InlineData(".jpg", 99)]
    [InlineData(".png", 1)]
    [InlineData(".jpg", 1)]
    public void ReadRows_Truncated_IsCorrupt(string extension, int percent)
    {
        using var picture = Pictures.Noise("rgb", 200, 150);
        Pictures.Save(picture, PathOf("whole" + extension));
        var bytes = File.ReadAllBytes(PathOf("whole" + extension));
        File.WriteAllBytes(PathOf("in" + extension), bytes[..(bytes.Length * percent / 100)]);

        var error = Assert.Throws<ImageFileException>(() =>
        {
            using var reader = ImageReader.Open(PathOf("in" + extension));
            Pictures.ReadAll(reader);
        });

        Assert.Equal(ImageFileError.Corrupt, error.Reason);
        Assert.Contains("in" + extension, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void ReadRows_DamagedInTheMiddle_IsCorrupt()
    {
        using var picture = Pictures.Noise("rgb", 200, 150);
        picture.Pngsave(PathOf("in.png"));
        var bytes = File.ReadAllBytes(PathOf("in.png"));
        Array.Fill(bytes, (byte)0xAA, bytes.Length / 2, 64);
        File.WriteAllBytes(PathOf("in.png"), bytes);
        using var reader = ImageReader.Open(PathOf("in.png"));

        Assert.Equal(ImageFileError.Corrupt, ErrorOf(() => Pictures.ReadAll(reader)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("This is a text and no picture, whatever its name says.\n")]
    public void Open_TextNamedPng_IsNotAnImage(string text)
    {
        File.WriteAllText(PathOf("in.png"), text);

        Assert.Equal(ImageFileError.NotAnImage, ErrorOf(() => ImageReader.Open(PathOf("in.png"))));
    }

    [Fact]
    public void Open_NoFile_SaysWhichAndWhy()
    {
        Assert.Equal(ImageFileError.NotFound, ErrorOf(() => ImageReader.Open(PathOf("none.png"))));
        Assert.Equal(ImageFileError.NotFound, ErrorOf(() => ImageReader.Open(PathOf("none/none.png"))));
        Assert.Equal(ImageFileError.IsDirectory, ErrorOf(() => ImageReader.Open(Folder)));
    }

    [Fact]
    public void Open_PyramidOfOnePicture_IsItsLargest()
    {
        using var picture = Pictures.Noise("rgb", 700, 500);
        picture.Tiffsave(PathOf("in.tif"), pyramid: true, tile: true, tileWidth: 128, tileHeight: 128);
        using (var loaded = Image.NewFromFile(PathOf("in.tif")))
            Assert.True((int)loaded.Get("n-pages") > 1);

        using var reader = ImageReader.Open(PathOf("in.tif"));

        Assert.Equal(Pictures.Rgb(picture), Pictures.ReadAll(reader));
    }

    [Fact]
    public void Open_KindsThatWouldLoseSomething_AreUnsupported()
    {
        using var picture = Pictures.Noise("rgba", 16, 16);
        picture.Bandjoin(picture).Tiffsave(PathOf("bands.tif"));
        picture.ExtractBand(0, n: 3).Cast(Enums.BandFormat.Uint).Tiffsave(PathOf("uint.tif"));
        using var frames = Pictures.Noise("rgb", 16, 32)
            .Mutate(image => image.Set(GValue.GIntType, "page-height", 16));
        frames.Webpsave(PathOf("animated.webp"));
        frames.Tiffsave(PathOf("pages.tif"));

        foreach (var name in new[] { "bands.tif", "uint.tif", "animated.webp", "pages.tif" })
        {
            var error = Assert.Throws<ImageFileException>(() => ImageReader.Open(PathOf(name)));
            Assert.True(error.Reason == ImageFileError.Unsupported, $"{error.Reason}: {error.Message}");
        }
    }
}
