namespace Koala.Imaging.Tests.Output;

/// <summary>What exiftool finds in the files.</summary>
public class MetadataTests : TestFolder
{
    [Theory]
    [InlineData("in.jpg", "out.jpg")]
    [InlineData("in.jpg", "out.png")]
    [InlineData("in.jpg", "out.webp")]
    [InlineData("in.jpg", "out.tif")]
    [InlineData("in.jpg", "out.avif")]
    [InlineData("in.png", "out.png")]
    [InlineData("in.webp", "out.jpg")]
    [InlineData("in.tif", "out.tif")]
    [InlineData("in.tif", "out.jpg")]
    [InlineData("in.tif", "out.png")]
    public void Commit_Metadata_IsCarriedOver(string input, string output)
    {
        Pictures.Save(Pictures.Noise("rgb", 40, 30), PathOf(input));
        Tag(input, "-ExifByteOrder=big-endian");

        Pictures.Repeat(PathOf(input), PathOf(output), 2);

        // The picture was turned by a quarter and enlarged; 0th and 1st directories would both name a resolution.
        Assert.Equal(
            ["Koala Optics", "2024:05:06 07:08:09", "2.8", "1", "300", "300", "2", "48.5", "60", "80", "Evening"],
            Values(output, "EXIF:Make", "DateTimeOriginal", "FNumber", "EXIF:Orientation", "EXIF:XResolution", "EXIF:YResolution", "EXIF:ResolutionUnit", "EXIF:GPSLatitude", "ExifImageWidth", "ExifImageHeight", "XMP:Title"));
        Assert.Equal(["-"], Values(output, "ThumbnailImage"));
        Assert.DoesNotContain("Error", Tool.Run("exiftool", "-validate", "-warning", "-error", PathOf(output)), StringComparison.Ordinal);
        var keepsIptc = output is not ("out.webp" or "out.avif") && input is not ("in.webp" or "in.png");
        Assert.Equal([keepsIptc ? "lake, autumn" : "-"], Values(output, "IPTC:Keywords"));
        using var decoded = NetVips.Image.NewFromFile(PathOf(output));
        Assert.Equal((60, 80), (decoded.Width, decoded.Height));
        Assert.True(decoded.Avg() > 0);
    }

    [Fact]
    public void Notes_FormatWithoutIptc_SayWhatIsLeftOut()
    {
        Pictures.Save(Pictures.Noise("rgb", 40, 30), PathOf("in.jpg"));
        Tag("in.jpg");
        using var reader = ImageReader.Open(PathOf("in.jpg"));
        using var webp = ImageWriter.Create(PathOf("out.webp"), reader, 1);
        using var png = ImageWriter.Create(PathOf("out.png"), reader, 1);

        Assert.Contains("IPTC", Assert.Single(webp.Notes), StringComparison.Ordinal);
        Assert.Empty(png.Notes);
    }

    [Fact]
    public void Commit_BigTiff_HasExifToo()
    {
        Pictures.Save(Pictures.Noise("rgb", 40, 30), PathOf("in.jpg"));
        Tag("in.jpg");
        using var file = File.Create(PathOf("big.tif"));
        using (var picture = Pictures.Noise("rgb", 80, 60))
            picture.TiffsaveStream(file, bigtiff: true);
        using (var reader = ImageReader.Open(PathOf("in.jpg")))
            Metadata.ExifBlock.AddToTiff(file, reader.Metadata.Exif, reader.Metadata.Iptc);
        file.Dispose();

        Assert.Equal(["Koala Optics", "2.8", "lake, autumn"], Values("big.tif", "Make", "FNumber", "Keywords"));
        Assert.Equal(Pictures.Bytes(Pictures.Noise("rgb", 80, 60)), Pictures.Decode(PathOf("big.tif")));
    }

    [Theory]
    [InlineData("Exif\0\0")]
    [InlineData("Exif\0\0II*\0\u0008\0\0\0\u00ff\u00ff")]
    [InlineData("MM\0*\0\0\0\u0008\0\u0001\u0001\u000f\0\u0002\u007f\u00ff\u00ff\u00ff\0\0\0\0")]
    [InlineData("II*\0\u0008\0\0\0\u0001\0i\u0087\u0004\0\u0001\0\0\0\u0008\0\0\0")]
    public void FromBlock_Damaged_LosesFieldsAndNoMore(string block)
    {
        var exif = Metadata.ExifBlock.FromBlock([.. block.Select(c => (byte)c)]);
        exif?.Describe(10, 10);
        Assert.True(exif is null || Metadata.ExifBlock.FromBlock(exif.ToBlock()) is not null);
    }

    private string[] Values(string name, params string[] tags) =>
        Tool.Run("exiftool", ["-n", "-f", "-s3", .. tags.Select(tag => "-" + tag), PathOf(name)]).Split('\n');

    private void Tag(string name, params string[] more)
    {
        Pictures.Save(Pictures.Noise("rgb", 16, 12), PathOf("thumbnail.jpg"));
        Tool.Run(
            "exiftool",
            [
                "-overwrite_original", .. more, "-EXIF:Make=Koala Optics", "-EXIF:DateTimeOriginal=2024:05:06 07:08:09", "-EXIF:FNumber=2.8",
                "-EXIF:Orientation#=6", "-EXIF:XResolution=300", "-EXIF:YResolution=300", "-EXIF:ResolutionUnit=inches",
                "-EXIF:GPSLatitude=48.5", "-EXIF:GPSLatitudeRef=N", "-EXIF:ExifImageWidth=40", "-EXIF:ExifImageHeight=30",
                "-XMP-dc:Title=Evening", "-IPTC:Keywords=lake", "-IPTC:Keywords=autumn",
                $"-ThumbnailImage<={PathOf("thumbnail.jpg")}", PathOf(name),
            ]);
    }
}
