using Koala.Client.Tests.Fakes;
using NetVips;

namespace Koala.Client.CommandLine.Tests;

/// <summary>A photograph unlike those of the training is enlarged all the same, and one line says what is unlike.</summary>
public sealed class InputAlarmTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public InputAlarmTests()
    {
        using var smooth = Image.Xyz(96, 64).ExtractBand(0).Linear([1.0], [60.0]).Cast(Enums.BandFormat.Uchar);
        using var clean = smooth.Bandjoin(smooth, smooth).Copy(interpretation: Enums.Interpretation.Srgb);
        clean.Pngsave(_folder["clean.png"]);
        using var noise = Noise(seed: 1).Bandjoin(Noise(seed: 2), Noise(seed: 3));
        (clean + noise).Rint().Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb).Pngsave(_folder["noisy.png"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Upscale_ANoisyPhoto_WarnsInOneLineAndGoesOn()
    {
        var run = await Upscale("noisy.png", "out.png");

        Assert.Equal(ExitCode.Success, run.Code);
        Assert.True(File.Exists(_folder["out.png"]));
        Assert.Matches("^Warning: '.*noisy.png' is unlike what the network was trained on: noise of about [0-9]+[.][0-9] levels[.] [^\n]*\n$", run.Error);
    }

    [Fact]
    public async Task Upscale_ACleanPhoto_SaysNothing() => Assert.Equal("", (await Upscale("clean.png", "out.png")).Error);

    [Fact]
    public async Task Upscale_Quietly_SaysNothing()
    {
        Assert.Equal("", (await Upscale("noisy.png", "out.png", "--quiet")).Error);
        Assert.Equal("", (await Upscale("noisy.png", "out/", "--quiet")).Error);
        Assert.Equal("", (await Upscale("noisy.png", "out-2/", "--quiet", "--json")).Error);
    }

    [Fact]
    public async Task Upscale_AFolder_WarnsOfThosePhotosOnly()
    {
        var run = await Upscale("clean.png", "out/", _folder["noisy.png"]);

        Assert.Equal(ExitCode.Success, run.Code);
        Assert.Contains("noisy.png", Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upscale_WithEvents_HasTheAlarmInThem()
    {
        var run = await Upscale("noisy.png", "out.png", "--json");

        Assert.Contains("\"alarm\":[\"colourNoise\",\"brightnessNoise\"]", run.Out, StringComparison.Ordinal);
        Assert.StartsWith("Warning: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("\"alarm\":[]", (await Upscale("clean.png", "out-2.png", "--json")).Out, StringComparison.Ordinal);
    }

    private static Image Noise(int seed) => Image.Gaussnoise(96, 64, sigma: 12, mean: 0, seed: seed);

    private async Task<CommandRun> Upscale(string photo, string output, params string[] more)
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        return await CommandRun.Of(["upscale", _folder[photo], "-o", _folder[output], "--no-start", "--worker", server.Address.ToString(), .. more]);
    }
}
