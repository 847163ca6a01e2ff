using System.Globalization;
using Koala.Client.CommandLine.Batches;
using Koala.Client.CommandLine.Commands;
using Koala.Client.CommandLine.Progress;
using Koala.Client.CommandLine.Upscaling;
using Koala.Imaging.Analysis;

namespace Koala.Client.CommandLine.Tests;

public class ProgressTests
{
    [Fact]
    public void Report_ManyTiles_IsALineForEveryTenth()
    {
        var lines = Lines(200, secondsPerTile: 0.01);

        Assert.Equal(
            [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
            lines.Select(line => int.Parse(line[..3], CultureInfo.InvariantCulture)));
        Assert.Equal("100 %  200 of 200 tiles, 1.50 of 1.50 megapixels", lines[^1]);
    }

    [Fact]
    public void Report_SlowTiles_IsALineForEveryFiveSeconds()
    {
        var lines = Lines(100, secondsPerTile: 2);

        Assert.Equal("  1 %  1 of 100 tiles, 0.02 of 1.50 megapixels, about 3 min 18 s left", lines[0]);
        Assert.StartsWith("  4 %  4 of 100 tiles", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("  7 %  7 of 100 tiles", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OneTile_IsOneLine() => Assert.Single(Lines(1, secondsPerTile: 1));

    [Fact]
    public void Summary_OfAnyJob_NamesFilesSizesTimeAndModel()
    {
        var result = new UpscaleResult(
            "koalanet-x4", 4, Precision.Bf16, "cpu (2 threads)", 32, 12, TimeSpan.FromSeconds(3), 2.5, 0.1);

        var photo = SinglePhoto.Plan("photo.jpg", "out.png").Photos[0] with { Width = 640, Height = 427 };

        Assert.Equal(
            "photo.jpg 640x427 → out.png 2560x1708 in 3.1 s",
            UpscaleCommand.Summary(new PhotoDone(photo, 2560, 1708, result, TimeSpan.FromSeconds(3.14)) { Estimates = new PhotographEstimates(0, 0, 0, 0) }));
        Assert.Equal("cpu (2 threads), bf16, koalanet-x4", UpscaleCommand.Means(result));
    }

    private static string[] Lines(int tiles, double secondsPerTile)
    {
        using var output = new StringWriter();
        var display = new ProgressLines(output);
        for (var done = 1; done <= tiles; done++)
            display.Report(new UpscaleProgress(done, tiles, 1.5, TimeSpan.FromSeconds(done * secondsPerTile)));
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
