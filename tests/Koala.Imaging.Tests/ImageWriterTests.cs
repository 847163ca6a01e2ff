using NetVips;

namespace Koala.Imaging.Tests;

public class ImageWriterTests : TestFolder
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
    [InlineData("grey", 16, ".tif")]
    public void Commit_LosslessFormat_HoldsTheRowsExactly(string kind, int bits, string extension)
    {
        using var picture = Pictures.Noise(kind, 33, 21, bits);
        picture.Pngsave(PathOf("in.png"));

        Pictures.Repeat(PathOf("in.png"), PathOf("out" + extension), 2);

        using var output = Image.NewFromFile(PathOf("out" + extension));
        Assert.Equal((66, 42), (output.Width, output.Height));
        Assert.Equal(picture.Bands, output.Bands);
        Assert.Equal(picture.Format, output.Format);
        Assert.Equal(Pictures.Bytes(picture.Zoom(2, 2)), Pictures.Bytes(output));
        Assert.Equal(["in.png", "out" + extension], Names());
    }

    [Theory]
    [InlineData("rgb", 4, 0, 0, 1, 1)]
    [InlineData("rgb", 2, 20, 13, 13, 8)]
    [InlineData("rgba", 2, 7, 5, 11, 9)]
    [InlineData("rgba", 3, 0, 15, 33, 6)]
    [InlineData("greya", 1, 30, 1, 2, 3)]
    public void Commit_APart_IsWhatTheWholePictureHasThere(string kind, int target, int x, int y, int width, int height)
    {
        using var picture = Pictures.Noise(kind, 33, 21);
        picture.Pngsave(PathOf("in.png"));
        // Filters see beyond the part: reduced to a multiple that is less than what the rows have.
        var options = new ImageWriterOptions { Width = 33 * target, Height = 21 * target };

        Pictures.Repeat(PathOf("in.png"), PathOf("whole.png"), 4, options);
        Pictures.Repeat(PathOf("in.png"), PathOf("part.png"), 4, options with { Part = new(x, y, width, height) });

        using var whole = Image.NewFromFile(PathOf("whole.png"));
        using var part = Image.NewFromFile(PathOf("part.png"));
        Assert.Equal((target * width, target * height), (part.Width, part.Height));
        Assert.Equal(Pictures.Bytes(whole.Crop(target * x, target * y, part.Width, part.Height)), Pictures.Bytes(part));
    }

    [Theory]
    [InlineData(-1, 0, 5, 5)]
    [InlineData(30, 0, 4, 5)]
    [InlineData(0, 0, 5, 0)]
    public void Create_APartOutside_Throws(int x, int y, int width, int height)
    {
        using var picture = Pictures.Noise("rgb", 33, 21);
        picture.Pngsave(PathOf("in.png"));

        Assert.Throws<ArgumentOutOfRangeException>(
            () => Pictures.Repeat(PathOf("in.png"), PathOf("out.png"), 2, new ImageWriterOptions { Part = new(x, y, width, height) }));

        Assert.Equal(["in.png"], Names());
    }

    [Fact]
    public void Commit_GreyAsWebP_HasThreeEqualChannels()
    {
        using var picture = Pictures.Noise("grey", 16, 16);
        picture.Pngsave(PathOf("in.png"));

        Pictures.Repeat(PathOf("in.png"), PathOf("out.webp"), 1);

        Assert.Equal(Pictures.Rgb(picture), Pictures.Decode(PathOf("out.webp")));
    }

    [Theory]
    [InlineData("rgb", 3)]
    [InlineData("grey", 1)]
    public void Commit_Jpeg_IsNearTheRows(string kind, int bands)
    {
        using var picture = Pictures.Noise(kind, 16, 16);
        picture.Pngsave(PathOf("in.png"));

        Pictures.Repeat(PathOf("in.png"), PathOf("out.jpg"), 4);

        using var output = Image.NewFromFile(PathOf("out.jpg"));
        Assert.Equal(bands, output.Bands);
        using var difference = (output - picture.Zoom(4, 4)).Abs();
        Assert.InRange(difference.Avg(), 0, 4);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 40)]
    [InlineData(40, 1)]
    public void Commit_NarrowPictures_AreExact(int width, int height)
    {
        using var picture = Pictures.Noise("rgba", width, height);
        picture.Pngsave(PathOf("in.png"));

        Pictures.Repeat(PathOf("in.png"), PathOf("out.png"), 1);

        Assert.Equal(Pictures.Bytes(picture), Pictures.Decode(PathOf("out.png")));
    }

    [Theory]
    [InlineData("rgba", 8, ".png")]
    [InlineData("rgba", 8, ".webp")]
    [InlineData("rgba", 16, ".tif")]
    [InlineData("greya", 8, ".png")]
    [InlineData("greya", 16, ".tif")]
    public void Commit_OpaqueAlpha_StaysOpaque(string kind, int bits, string extension)
    {
        var opaque = (1 << bits) - 1;
        using var noise = Pictures.Noise(kind, 24, 18, bits);
        using var picture = noise.ExtractBand(0, n: noise.Bands - 1).Bandjoin(opaque);
        picture.Tiffsave(PathOf("in.tif"));

        Pictures.Repeat(PathOf("in.tif"), PathOf("out" + extension), 4);

        using var output = Image.NewFromFile(PathOf("out" + extension));
        // libwebp leaves out an alpha channel that says nothing.
        Assert.Equal(extension == ".webp" ? 3 : picture.Bands, output.Bands);
        Assert.True(extension == ".webp" || output.ExtractBand(output.Bands - 1).Min() == opaque);
    }

    [Fact]
    public void Commit_AlphaEdge_IsEnlargedInPlaceAndSmoothly()
    {
        using var colour = Pictures.Noise("rgb", 32, 8);
        using var left = Image.Black(16, 8);
        using var alpha = left.Join(left + 255, Enums.Direction.Horizontal).Cast(Enums.BandFormat.Uchar);
        using var picture = colour.Bandjoin(alpha);
        picture.Pngsave(PathOf("in.png"));

        Pictures.Repeat(PathOf("in.png"), PathOf("out.png"), 4);

        using var output = Image.NewFromFile(PathOf("out.png"));
        var row = Pictures.Bytes(output.ExtractBand(3).Crop(0, 16, 128, 1));
        byte[] edge = [0, 0, 21, 88, 167, 234, 255, 255];
        Assert.Equal([.. new byte[60], .. edge, .. Enumerable.Repeat((byte)255, 60)], row);
    }

    [Fact]
    public void Commit_TurnedPictureWithAlpha_TurnsAlphaToo()
    {
        using var picture = Pictures.Noise("rgba", 20, 30);
        using var tagged = picture.Mutate(image => image.Set(GValue.GIntType, "orientation", 6));
        tagged.Tiffsave(PathOf("in.tif"));

        Pictures.Repeat(PathOf("in.tif"), PathOf("out.png"), 1);

        using var upright = tagged.Autorot();
        Assert.Equal(Pictures.Bytes(upright), Pictures.Decode(PathOf("out.png")));
        using var output = Image.NewFromFile(PathOf("out.png"));
        Assert.True(!output.Contains("orientation") || (int)output.Get("orientation") == 1);
    }

    [Theory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".webp")]
    [InlineData(".tif")]
    public void Commit_IccProfile_IsAttachedUnchanged(string extension)
    {
        using var picture = Pictures.Noise("rgb", 16, 16);
        using var wide = picture.IccTransform("p3", inputProfile: "srgb");
        var profile = (byte[])wide.Get("icc-profile-data");
        wide.Pngsave(PathOf("in.png"));

        Pictures.Repeat(PathOf("in.png"), PathOf("out" + extension), 2);

        using var output = Image.NewFromFile(PathOf("out" + extension));
        Assert.Equal(profile, (byte[])output.Get("icc-profile-data"));
    }

    [Theory]
    [InlineData("rgba", 8, 1, "out.jpg")]
    [InlineData("rgb", 16, 1, "out.jpg")]
    [InlineData("rgb", 16, 1, "out.webp")]
    [InlineData("rgb", 8, 1024, "out.webp")]
    [InlineData("rgb", 8, 4096, "out.jpg")]
    public void Create_FormatCannotHoldThePicture_SaysWhichCan(string kind, int bits, int scale, string output)
    {
        Pictures.Noise(kind, 16, 16, bits).Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));

        var error = Assert.Throws<ImageFileException>(() => ImageWriter.Create(PathOf(output), reader, scale));

        Assert.Equal(ImageFileError.OutputFormatUnsuitable, error.Reason);
        Assert.Contains("choose PNG or TIFF", error.Message, StringComparison.Ordinal);
        Assert.Equal(["in.png"], Names());
    }

    [Fact]
    public void Create_UnusableOutput_FailsAndLeavesNothing()
    {
        Pictures.Noise("rgb", 16, 16).Pngsave(PathOf("in.png"));
        File.CreateSymbolicLink(PathOf("link.png"), "in.png");
        Directory.CreateDirectory(PathOf("folder.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));

        ImageFileError Error(string name, bool overwrite = true) =>
            ErrorOf(() => ImageWriter.Create(PathOf(name), reader, 2, new ImageWriterOptions { Overwrite = overwrite }));

        Assert.Equal(ImageFileError.OutputFormatUnknown, Error("out"));
        Assert.Equal(ImageFileError.OutputFormatUnknown, Error("out.xyz"));
        Assert.Equal(ImageFileError.OutputFolderMissing, Error("none/out.png"));
        Assert.Equal(ImageFileError.OutputIsDirectory, Error("folder.png"));
        Assert.Equal(ImageFileError.OutputIsInput, Error("in.png"));
        Assert.Equal(ImageFileError.OutputIsInput, Error("link.png"));
        Assert.Equal(ImageFileError.OutputIsInput, Error("folder.png/../in.png"));
        Pictures.Noise("rgb", 4, 4).Pngsave(PathOf("out.png"));
        Assert.Equal(ImageFileError.OutputExists, Error("out.png", overwrite: false));
        Assert.Equal(["folder.png", "in.png", "link.png", "out.png"], Names());
    }

    [Fact]
    public void Create_FolderIsNotWritable_FailsBeforeAnyWork()
    {
        // A folder in which not even the administrator may create files.
        const string Folder = "/sys/kernel";
        Assert.SkipUnless(Directory.Exists(Folder), "needs Linux's /sys");
        Pictures.Noise("rgb", 16, 16).Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));

        Assert.Equal(
            ImageFileError.OutputNotWritable, ErrorOf(() => ImageWriter.Create($"{Folder}/out.png", reader, 2)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(255)]
    public void Dispose_BeforeCommit_LeavesTheOldFile(int rows)
    {
        Pictures.Noise("rgb", 256, 256).Pngsave(PathOf("in.png"));
        File.WriteAllText(PathOf("out.png"), "old");
        using (var reader = ImageReader.Open(PathOf("in.png")))
        using (var writer = ImageWriter.Create(PathOf("out.png"), reader, 1))
        {
            writer.WriteRows(new byte[writer.BytesPerRow * rows]);
            Assert.Throws<InvalidOperationException>(() => writer.Commit());
        }

        Assert.Equal("old", File.ReadAllText(PathOf("out.png")));
        Assert.Equal(["in.png", "out.png"], Names());
    }

    [Fact]
    public void WriteRows_TooManyOrPartial_Throws()
    {
        Pictures.Noise("rgb", 8, 8).Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));
        using var writer = ImageWriter.Create(PathOf("out.png"), reader, 2);

        Assert.Throws<ArgumentException>(() => writer.WriteRows(new byte[writer.BytesPerRow - 1]));
        Assert.Throws<ArgumentException>(() => writer.WriteRows(new byte[writer.BytesPerRow * 17]));
    }

    [Fact]
    public void Commit_OutputAppearedMeanwhile_IsNotReplacedUnlessAllowed()
    {
        Pictures.Noise("rgb", 8, 8).Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));
        using var writer = ImageWriter.Create(PathOf("out.png"), reader, 1, new ImageWriterOptions { Overwrite = false });
        writer.WriteRows(Pictures.ReadAll(reader));
        File.WriteAllText(PathOf("out.png"), "other");

        Assert.Equal(ImageFileError.OutputExists, ErrorOf(() => writer.Commit()));
        Assert.Equal("other", File.ReadAllText(PathOf("out.png")));
    }

    [Fact]
    public void Commit_OutputIsALink_ReplacesWhatItPointsAt()
    {
        Pictures.Noise("rgb", 8, 8).Pngsave(PathOf("in.png"));
        Directory.CreateDirectory(PathOf("elsewhere"));
        File.CreateSymbolicLink(PathOf("out.png"), "elsewhere/real.png");

        Pictures.Repeat(PathOf("in.png"), PathOf("out.png"), 1);

        Assert.Equal("elsewhere/real.png", new FileInfo(PathOf("out.png")).LinkTarget);
        Assert.True(File.Exists(PathOf("elsewhere/real.png")));
    }
}
