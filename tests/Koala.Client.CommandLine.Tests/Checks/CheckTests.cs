using Koala.Client.Tests.Fakes;
using NetVips;
using NJsonSchema;

namespace Koala.Client.CommandLine.Tests.Checks;

/// <summary>What the command makes of a check, with a worker that always finds 40 dB.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CheckTests()
    {
        using var ramp = Image.Xyz(90, 60).ExtractBand(0).Linear([1.0], [80.0]).Cast(Enums.BandFormat.Uchar);
        using var picture = ramp.Bandjoin(ramp, ramp).Copy(interpretation: Enums.Interpretation.Srgb);
        picture.Pngsave(_folder["in.png"]);
        picture.Pngsave(_folder["other.png"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Check_OfAPhoto_SaysTheScoreAndWhatItProves()
    {
        var run = await Upscale("in.png", "out.png", "--check");

        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.Contains("Check: 40.0 dB, lowest tile 40.0 dB at 0,0,", run.Out, StringComparison.Ordinal);
        Assert.Contains("consistency, not truth", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("39.9", true)]
    [InlineData("40.1", false)]
    public async Task Check_WithAThreshold_HasAnExitCodeOfItsOwn(string threshold, bool passes)
    {
        var run = await Upscale("in.png", "out.png", "--check-threshold", threshold);

        Assert.True(File.Exists(_folder["out.png"]));
        if (passes)
            Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        else
            run.AssertFailed(ExitCode.CheckFailed, "40.0 dB, less than the 40.1 of --check-threshold");
    }

    [Fact]
    public async Task Check_OfAFolder_EndsWithTheCodeOnceAllAreDone()
    {
        var run = await Upscale("in.png", "out/", _folder["other.png"], "--check-threshold", "41");

        run.AssertFailed(ExitCode.CheckFailed, "2 of 2 photos");
        Assert.Contains("check 40.0 dB, less than the 41.0 that are wanted", run.Out, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["out/other_x4.png"]));
        // They are up to date, and so neither made nor checked again.
        Assert.Equal(ExitCode.Success, (await Upscale("in.png", "out/", _folder["other.png"], "--check-threshold", "41")).Code);
    }

    [Fact]
    public async Task Check_WithEvents_IsInThemAsTheSchemaSays()
    {
        var schema = await JsonSchema.FromFileAsync(Path.Combine(AppContext.BaseDirectory, "events.schema.json"));

        var run = await Upscale("in.png", "out.png", "--json", "--check-threshold", "41");

        Assert.All(run.Out.TrimEnd().Split('\n'), line => Assert.Empty(schema.Validate(line)));
        Assert.Contains("\"check\":{\"psnr\":40,\"threshold\":41,\"passed\":false,\"tiles\":[{\"x\":0,\"y\":0,", run.Out, StringComparison.Ordinal);
        Assert.Contains("\"exitCode\":42", run.Out, StringComparison.Ordinal);
        run.AssertFailed(ExitCode.CheckFailed, "--check-threshold");
    }

    [Theory]
    [InlineData(90, 60)]
    [InlineData(20, 10, "--preview", "61,43,20,10")]
    public async Task CheckMap_HasThePixelsThatAreCompared(int width, int height, params string[] more)
    {
        var run = await Upscale("in.png", "out.png", ["--check-map", _folder["map.png"], .. more]);

        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.Contains("Check: 40.0 dB", run.Out, StringComparison.Ordinal);
        using var map = Image.NewFromFile(_folder["map.png"]);
        Assert.Equal((width, height, 3), (map.Width, map.Height, map.Bands));
        // The fake worker rebuilds with an error that grows within 4×4 pixels, from none at their upper left ones: on a slope the mean around is exact.
        var (x, y) = more.Length > 0 ? (3, 1) : (4, 4);
        Assert.Equal([0, 0, 0], map.Getpoint(x, y));
        Assert.True(map.Getpoint(x + 3, y + 3).Sum() > 50, string.Join(' ', map.Getpoint(x + 3, y + 3)));
    }

    [Fact]
    public async Task Check_ThatCannotBe_IsToldBeforeAnyWork()
    {
        File.WriteAllText(_folder["old.png"], "old");

        (await Upscale("in.png", "out.png", "--check-map", _folder["old.png"])).AssertFailed(ExitCode.OutputExists, "old.png");
        (await Upscale("in.png", "out.png", "--check-map", _folder["out.png"])).AssertFailed(ExitCode.OutputIsInput, "OUT itself");
        (await Upscale("in.png", "out.png", "--check-map", _folder["in.png"])).AssertFailed(ExitCode.OutputIsInput, "in.png");
        (await Upscale("in.png", "out.png", "--check-map", _folder["none/map.png"])).AssertFailed(ExitCode.OutputFolderMissing, "none");
        (await Upscale("in.png", "out/", "--check-map", _folder["map.png"])).AssertFailed(ExitCode.Usage, "--check-map is for one photo");
        (await Upscale("in.png", "out.png", "--check", "--scale", "8", "--allow-repeat")).AssertFailed(ExitCode.Usage, "at most 4 times");
        (await Upscale("in.png", "out.png", "--check-threshold", "loud")).AssertFailed(ExitCode.Usage, "not 'loud'");

        Assert.Equal(["in.png", "old.png", "other.png"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    private async Task<CommandRun> Upscale(string photo, string output, params string[] more)
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        return await CommandRun.Of(["upscale", _folder[photo], "-o", _folder[output], "--no-start", "--worker", server.Address.ToString(), .. more]);
    }
}
