using NetVips;

namespace Koala.Imaging.Tests.Output;

/// <summary>Formats and their options, seen by other programs.</summary>
public class FormatTests : TestFolder
{
    [Theory]
    [InlineData("out.jpg", null, null, null, null, "JPEG 80x60 4:4:4 Q95")]
    [InlineData("out.jpg", 60, null, "420", null, "JPEG 80x60 4:2:0 Q60")]
    [InlineData("out.webp", null, null, null, null, "WEBP 80x60 lossless")]
    [InlineData("out.webp", 50, null, null, null, "WEBP 80x60 lossy")]
    [InlineData("out.webp", null, null, null, false, "WEBP 80x60 lossy")]
    [InlineData("out.tif", null, "none", null, null, "TIFF 80x60 None")]
    [InlineData("out.tif", null, "LZW", null, null, "TIFF 80x60 LZW")]
    [InlineData("out.png", null, "9", null, null, "PNG 80x60")]
    public void Commit_Options_ReachTheFile(string name, int? quality, string? compression, string? chroma, bool? lossless, string expected)
    {
        Pictures.Noise("rgb", 40, 30).Pngsave(PathOf("in.png"));
        Pictures.Repeat(PathOf("in.png"), PathOf(name), 2, new ImageWriterOptions
        {
            Quality = quality,
            Compression = compression,
            Chroma = chroma is null ? null : chroma == "420" ? ChromaSubsampling.Half : ChromaSubsampling.Full,
            Lossless = lossless,
        });

        var found = Tool.Run("exiftool", "-s3", "-f", "-n", "-FileType", "-ImageWidth", "-ImageHeight", PathOf(name)).Split('\n');
        var text = $"{found[0]} {found[1]}x{found[2]}";
        text += found[0] switch
        {
            "JPEG" => " " + Tool.Run("identify", "-format", "%[jpeg:sampling-factor] Q%Q", PathOf(name)).Replace("1x1,1x1,1x1", "4:4:4").Replace("2x2,1x1,1x1", "4:2:0"),
            "TIFF" => " " + Tool.Run("identify", "-format", "%C", PathOf(name)),
            "Extended WEBP" or "WEBP" => File.ReadAllBytes(PathOf(name)).AsSpan().IndexOf("VP8L"u8) >= 0 ? " lossless" : " lossy",
            _ => "",
        };
        Assert.Equal(expected, text.Replace("Extended ", ""));
        if (text.EndsWith("lossless", StringComparison.Ordinal) || name is "out.tif" or "out.png")
            Assert.Equal(Pictures.Bytes(Pictures.Noise("rgb", 40, 30).Zoom(2, 2)), Pictures.Decode(PathOf(name)));
    }

    [Theory]
    [InlineData(null, 20)]
    [InlineData(true, 0)]
    public void Commit_Avif_IsNearOrExact(bool? lossless, double difference)
    {
        using var smooth = Pictures.Noise("rgba", 64, 48).Gaussblur(3).Copy(interpretation: Enums.Interpretation.Srgb);
        smooth.Pngsave(PathOf("in.png"));

        Pictures.Repeat(PathOf("in.png"), PathOf("out.avif"), 1, new ImageWriterOptions { Lossless = lossless });

        Assert.Equal("AVIF", Tool.Run("exiftool", "-s3", "-FileType", PathOf("out.avif")));
        using var output = Image.NewFromFile(PathOf("out.avif"));
        Assert.Equal((64, 48, 4), (output.Width, output.Height, output.Bands));
        Assert.InRange((output - smooth).Abs().Max(), 0, difference);
    }

    [Theory]
    [InlineData("rgb", 8, "jpg")]
    [InlineData("rgba", 8, "png")]
    [InlineData("grey", 16, "png")]
    public void Commit_Dzi_IsAPyramidThatIsReplacedWhole(string kind, int bits, string tiles)
    {
        Pictures.Noise(kind, 300, 200, bits).Pngsave(PathOf("in.png"));

        for (var i = 0; i < 2; i++)
            Pictures.Repeat(PathOf("in.png"), PathOf("out.dzi"), 2);

        Assert.Equal(["in.png", "out.dzi", "out_files"], Names());
        Assert.Contains($"Format=\"{tiles}\"", File.ReadAllText(PathOf("out.dzi")), StringComparison.Ordinal);
        Assert.Contains("Width=\"600\"", File.ReadAllText(PathOf("out.dzi")), StringComparison.Ordinal);
        // The deepest level is the picture, in tiles of 254 pixels with one of overlap.
        Assert.Equal(6, Directory.GetFiles(PathOf("out_files/10")).Length);
        using var tile = Image.NewFromFile(PathOf($"out_files/10/0_0.{tiles}"));
        Assert.Equal((255, 255), (tile.Width, tile.Height));
        using (var reader = ImageReader.Open(PathOf("in.png")))
            Assert.Equal(ImageFileError.OutputExists, ErrorOf(() => ImageWriter.Create(PathOf("out.dzi"), reader, 1, new ImageWriterOptions { Overwrite = false })));
    }

    [Theory]
    [InlineData("scan[1]")]
    [InlineData("map.zip")]
    public void Commit_DziOfAnyName_IsAPyramid(string name)
    {
        Pictures.Noise("rgb", 30, 20).Pngsave(PathOf("in.png"));
        Pictures.Repeat(PathOf("in.png"), PathOf($"{name}.dzi"), 2);
        Assert.Equal(["in.png", $"{name}.dzi", $"{name}_files"], Names());
    }

    [Fact]
    public void Dispose_DziBeforeCommit_LeavesTheOldOne()
    {
        Pictures.Noise("rgb", 300, 200).Pngsave(PathOf("in.png"));
        Pictures.Repeat(PathOf("in.png"), PathOf("out.dzi"), 1);
        using (var reader = ImageReader.Open(PathOf("in.png")))
        using (var writer = ImageWriter.Create(PathOf("out.dzi"), reader, 2))
            writer.WriteRows(new byte[writer.BytesPerRow * 100]);

        Assert.Equal(["in.png", "out.dzi", "out_files"], Names());
        Assert.Contains("Width=\"300\"", File.ReadAllText(PathOf("out.dzi")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out.png", 90, null, "PNG has no quality")]
    [InlineData("out.png", null, "lzw", "compressions from 0 to 9")]
    [InlineData("out.jpg", null, "9", "JPEG has no choice of compression")]
    [InlineData("out.tif", null, "jpeg", "none, lzw, deflate")]
    [InlineData("out.jpg", 0, null, "from 1 to 100")]
    public void Create_OptionThatDoesNotFit_SaysSo(string name, int? quality, string? compression, string part)
    {
        Pictures.Noise("rgb", 8, 8).Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));

        var error = Assert.Throws<ImageFileException>(() =>
            ImageWriter.Create(PathOf(name), reader, 1, new ImageWriterOptions { Quality = quality, Compression = compression }));

        Assert.Equal(ImageFileError.OutputOptionUnsuitable, error.Reason);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Equal(["in.png"], Names());
    }

    [Theory]
    [InlineData("rgb", 8, 45, 30)]
    [InlineData("rgba", 16, 79, 59)]
    [InlineData("grey", 8, 1, 60)]
    public void Commit_SmallerThanTheRows_IsReducedWithoutAChangeOfBrightness(string kind, int bits, int width, int height)
    {
        using var picture = Pictures.Noise(kind, 40, 30, bits);
        picture.Pngsave(PathOf("in.png"));

        Pictures.Repeat(PathOf("in.png"), PathOf("out.png"), 2, new ImageWriterOptions { Width = width, Height = height });

        using var output = Image.NewFromFile(PathOf("out.png"));
        Assert.Equal((width, height, picture.Bands, picture.Format), (output.Width, output.Height, output.Bands, output.Format));
        var tolerance = (width == 1 ? 8 : 2) * (bits == 8 ? 1 : 257);
        Assert.InRange(output.ExtractBand(0).Avg() - picture.ExtractBand(0).Avg(), -tolerance, tolerance);
    }

    [Theory]
    [InlineData("png")]
    [InlineData("tiff")]
    public void Commit_ToAStream_DeliversTheWholePicture(string format)
    {
        using var picture = Pictures.Noise("rgb", 40, 30);
        picture.Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(File.OpenRead(PathOf("in.png")), "standard input");
        using var stream = new MemoryStream();
        using (var writer = ImageWriter.Create(stream, reader, 1, new ImageWriterOptions { Format = format }))
        {
            writer.WriteRows(Pictures.ReadAll(reader));
            Assert.Equal(0, stream.Length);
            writer.Commit();
        }

        using var output = Image.NewFromBuffer(stream.ToArray());
        Assert.Equal(Pictures.Bytes(picture), Pictures.Bytes(output));
        Assert.Equal(ImageFileError.OutputFormatUnknown, ErrorOf(() => ImageWriter.Create(stream, reader, 1, new ImageWriterOptions())));
        Assert.Equal(ImageFileError.OutputFormatUnsuitable, ErrorOf(() => ImageWriter.Create(stream, reader, 1, new ImageWriterOptions { Format = "dzi" })));
    }

    [Fact]
    public void Create_MoreThanTheDiskHolds_SaysHowMuchIsMissing()
    {
        // A grey picture of 2 megapixels, a hundred thousand times as wide and as high, would have 20 petabytes.
        using (var black = Image.Black(2000, 1000))
            black.Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));

        var error = Assert.Throws<ImageFileException>(() => ImageWriter.Create(PathOf("out.tif"), reader, 5000));

        Assert.Equal(ImageFileError.NotEnoughSpace, error.Reason);
        Assert.Matches(@"needs about [\d.]+ GB \(\d+ bytes\) and its disk has [\d.]+ GB \(\d+ bytes\) free", error.Message);
        Assert.Equal(["in.png"], Names());
    }

    [Theory]
    [InlineData("out.webp", true)]
    [InlineData("out.avif", false)]
    public async Task Commit_CancelledWhileTheEncoderWorks_LeavesNothing(string name, bool prompt)
    {
        Pictures.Noise("rgb", 1500, 1500).Pngsave(PathOf("in.png"));
        using var stop = new CancellationTokenSource();
        var clock = new System.Diagnostics.Stopwatch();
        using (var reader = ImageReader.Open(PathOf("in.png")))
        using (var writer = ImageWriter.Create(PathOf(name), reader, 2))
        {
            Pictures.WriteRepeated(reader, writer, 2);
            var committing = Task.Run(() => writer.Commit(stop.Token));
            await Task.Delay(300);
            Assert.False(committing.IsCompleted);
            await stop.CancelAsync();
            clock.Start();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => committing);
        }

        Assert.Equal(["in.png"], Names());
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, prompt ? 4 : 9);
    }
}
