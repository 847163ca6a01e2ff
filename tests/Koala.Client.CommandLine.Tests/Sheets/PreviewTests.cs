using Koala.Client.Tests.Fakes;
using NetVips;

namespace Koala.Client.CommandLine.Tests.Sheets;

/// <summary>Parts of photographs, alone and on sheets, with a worker whose every pixel depends on its place and its surroundings.</summary>
public sealed class PreviewTests : IDisposable
{
    private const int Gap = 8;

    private readonly TemporaryFolder _folder = new();

    public PreviewTests()
    {
        using var noise = Image.Gaussnoise(210, 150, mean: 128, sigma: 40, seed: 1).Bandjoin(Image.Gaussnoise(210, 150, mean: 100, sigma: 30, seed: 2), Image.Gaussnoise(210, 150, mean: 90, sigma: 30, seed: 3));
        noise.Gaussblur(1).Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb).Pngsave(_folder["in.png"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4, 0, 0, 210, 150)]
    [InlineData(4, 61, 43, 50, 31)]
    [InlineData(2, 209, 149, 1, 1)]
    [InlineData(8, 61, 43, 20, 10)]
    [InlineData(8, 0, 130, 30, 20)]
    [InlineData(3, 60, 40, 20, 8)]
    public async Task Preview_OfAPart_IsWhatTheWholeOutputHasThere(int scale, int x, int y, int width, int height)
    {
        await Upscale("in.png", "whole.png", "--scale", $"{scale}", "--allow-repeat");
        await Upscale("in.png", "part.png", "--scale", $"{scale}", "--allow-repeat", "--preview", $"{x},{y},{width},{height}");

        using var whole = Image.NewFromFile(_folder["whole.png"]);
        using var part = Image.NewFromFile(_folder["part.png"]);
        Assert.Equal((scale * width, scale * height), (part.Width, part.Height));
        Assert.Equal(whole.Crop(scale * x, scale * y, part.Width, part.Height).WriteToMemory<byte>(), part.WriteToMemory<byte>());
    }

    [Fact]
    public async Task Preview_OfATurnedPhoto_CountsPixelsOfTheUprightOne()
    {
        using (var picture = Image.NewFromFile(_folder["in.png"]))
        using (var turned = picture.Rot90().Mutate(image => image.Set(GValue.GIntType, "orientation", 8)))
            turned.Tiffsave(_folder["turned.tif"]);

        await Upscale("in.png", "upright.png", "--preview", "180,10,20,30");
        await Upscale("turned.tif", "part.png", "--preview", "180,10,20,30");

        using var upright = Image.NewFromFile(_folder["upright.png"]);
        using var part = Image.NewFromFile(_folder["part.png"]);
        Assert.Equal(upright.WriteToMemory<byte>(), part.WriteToMemory<byte>());
    }

    [Fact]
    public async Task Sheet_OfOneSetting_HasTheValuesSideBySide()
    {
        var run = await Upscale("in.png", "sheet.png", "--sheet", "scale=2,4", "--preview", "61,43,50,31", "--scale", "3");
        await Upscale("in.png", "part.png", "--preview", "61,43,50,31");

        Assert.Contains("2 cells", run.Out, StringComparison.Ordinal);
        using var sheet = Image.NewFromFile(_folder["sheet.png"]);
        using var part = Image.NewFromFile(_folder["part.png"]);
        Assert.Equal(2 * 200 + 3 * Gap, sheet.Width);
        // The second cell, which is the largest, as it is.
        Assert.Equal(part.WriteToMemory<byte>(), sheet.Crop(2 * Gap + 200, sheet.Height - Gap - 124, 200, 124).WriteToMemory<byte>());
    }

    [Fact]
    public async Task Sheet_OfTwoSettings_HasColumnsAndRows()
    {
        await Upscale("in.png", "sheet.png", "--sheet", "scale=1,1.5,2", "--sheet", "precision=fp32,bf16", "--preview", "0,0,100,100");

        using var sheet = Image.NewFromFile(_folder["sheet.png"]);
        Assert.Equal(3 * 200 + 4 * Gap, sheet.Width);
        Assert.InRange(sheet.Height, 2 * 200 + 3 * Gap, 2 * 240 + 3 * Gap);
    }

    [Fact]
    public async Task Sheet_WithoutAPart_ShowsTheMiddle()
    {
        await Upscale("in.png", "sheet.png", "--sheet", "scale=2");
        await Upscale("in.png", "part.png", "--preview", "25,0,160,150", "--scale", "2");

        using var sheet = Image.NewFromFile(_folder["sheet.png"]);
        using var part = Image.NewFromFile(_folder["part.png"]);
        Assert.Equal(part.WriteToMemory<byte>(), sheet.Crop(Gap, sheet.Height - Gap - 300, 320, 300).WriteToMemory<byte>());
    }

    [Fact]
    public async Task Sheet_ThatIsChecked_HasTheScoresInItsLabels()
    {
        await Upscale("in.png", "sheet.png", "--sheet", "scale=2", "--preview", "0,0,20,20", "--check");

        using var sheet = Image.NewFromFile(_folder["sheet.png"]);
        // As wide as "scale 2, check 40.0 dB"; the picture itself has 40 pixels, and "scale 2" 47.
        Assert.Equal(22 * 6 + 5 + 2 * Gap, sheet.Width);
    }

    [Theory]
    [InlineData("scale=2,5", "--allow-repeat")]
    [InlineData("scale=2,x", "--scale is a number above 0 up to 16, not 'x'")]
    [InlineData("model=fake,other", "other")]
    public async Task Sheet_OfAValueThatCannotBe_LeavesNothing(string sheet, string named)
    {
        var run = await UpscaleOnce("in.png", "sheet.png", "--sheet", sheet);

        run.AssertFailed(ExitCode.Usage, named);
        Assert.False(File.Exists(_folder["sheet.png"]));
    }

    [Fact]
    public async Task Sheet_WhereAFileIs_ReplacesItOnlyWhenAsked()
    {
        File.WriteAllText(_folder["sheet.png"], "old");

        (await UpscaleOnce("in.png", "sheet.png", "--sheet", "scale=2")).AssertFailed(ExitCode.OutputExists, "--overwrite");
        Assert.Equal(ExitCode.Success, (await UpscaleOnce("in.png", "sheet.png", "--sheet", "scale=2", "--overwrite")).Code);
    }

    private async Task<CommandRun> Upscale(string photo, string output, params string[] more)
    {
        var run = await UpscaleOnce(photo, output, more);
        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        return run;
    }

    private async Task<CommandRun> UpscaleOnce(string photo, string output, params string[] more)
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        return await CommandRun.Of(["upscale", _folder[photo], "-o", _folder[output], "--no-start", "--worker", server.Address.ToString(), .. more]);
    }
}
