using System.Text.Json;
using Koala.Network;
using NetVips;
using static TorchSharp.torch;

namespace Koala.EndToEnd.Tests;

/// <summary>Looking at the blur and steering by it, from the command line to the network and back.</summary>
public sealed class BlurTests(Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task Blur_Photo_BecomesMapLayersKernelsAndSummary()
    {
        var photo = desk.Picture("look.png", 90, 70);
        var outcome = await desk.RunAsync(
            "blur", photo, "-o", desk.File("map.png"), "--layers", desk.File("layers.tif"), "--kernels", desk.File("kernels.png"),
            "--mean-kernel", desk.File("mean.txt"), "--json");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));

        var summary = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.Equal((90, 70, 4), (summary.GetProperty("width").GetInt32(), summary.GetProperty("height").GetInt32(), summary.GetProperty("scale").GetInt32()));
        var sigma = summary.GetProperty("sigmaMajor");
        Assert.Equal(1, sigma.GetProperty("histogram").EnumerateArray().Sum(share => share.GetDouble()), 1e-3);
        var taps = summary.GetProperty("meanKernel").GetProperty("taps").EnumerateArray().Select(tap => tap.GetDouble()).ToArray();
        Assert.Equal((400, 1), (taps.Length, Math.Round(taps.Sum(), 4)));

        using var map = Image.NewFromFile(desk.File("map.png"));
        Assert.True(map.Width >= 90 && map.Height > 70);
        using var layers = Image.NewFromFile(desk.File("layers.tif"), kwargs: new VOption { { "n", -1 } });
        Assert.Equal((90, 3 * 70, 1, Enums.BandFormat.Float), (layers.Width, layers.Height, layers.Bands, layers.Format));
        var values = layers.WriteToMemory<float>();
        var (major, minor) = (values[..(90 * 70)], values[(90 * 70)..(2 * 90 * 70)]);
        Assert.All(major.Zip(minor), pair => Assert.True(pair.First >= pair.Second && pair.Second >= 0.19f && pair.First <= 4.01f));
        Assert.Equal(major.Order().ElementAt(90 * 70 / 2), sigma.GetProperty("median").GetDouble(), 0.02);
        using var kernels = Image.NewFromFile(desk.File("kernels.png"));
        Assert.True(kernels.Width > 300);

        // What was written is a kernel.
        Assert.Equal(0, (await desk.RunAsync("upscale", photo, "-o", desk.File("mean.png"), "--kernel", desk.File("mean.txt"))).ExitCode);
    }

    [Fact]
    public async Task Upscale_KeepBlurMask_IsBicubicWhereItIsWhite()
    {
        var photo = desk.Picture("mask-photo.png", 60, 50);
        using (var black = Image.Black(60, 50))
        using (var half = Image.Black(30, 50).Linear([1.0], [255.0]).Cast(Enums.BandFormat.Uchar))
            black.Insert(half, 0, 0).WriteToFile(desk.File("mask.png"));
        Assert.Equal(0, (await desk.RunAsync("upscale", photo, "-o", desk.File("plain.png"), "--precision", "fp32")).ExitCode);
        var outcome = await desk.RunAsync(
            "upscale", photo, "-o", desk.File("masked.png"), "--precision", "fp32", "--keep-blur", "1", "--keep-blur-mask", desk.File("mask.png"));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));

        using var scope = NewDisposeScope();
        var bicubic = Bicubic.Enlarge(Levels(photo, 60, 50), 4).round().clamp(0, 255);
        var (masked, plain) = (Levels(desk.File("masked.png"), 240, 200), Levels(desk.File("plain.png"), 240, 200));
        Assert.InRange((masked - bicubic).narrow(3, 0, 112).abs().max().item<float>(), 0, 1);
        Assert.InRange((masked - plain).narrow(3, 128, 112).abs().max().item<float>(), 0, 1);
    }

    [Fact]
    public async Task Upscale_FastSmooth_IsBicubicWhereItIsSmoothAndTheNetworksElsewhere()
    {
        var photo = desk.File("half-smooth.png");
        using (var detail = Image.NewFromFile(desk.Picture("detail.png", 160, 64)))
        using (var slope = Image.Xyz(96, 64).ExtractBand(0).Linear([1.5], [40.0]).Cast(Enums.BandFormat.Uchar))
            detail.Insert(slope.Bandjoin(slope, slope).Copy(interpretation: Enums.Interpretation.Srgb), 0, 0).WriteToFile(photo);
        Assert.Equal(0, (await desk.RunAsync("upscale", photo, "-o", desk.File("whole.png"), "--precision", "fp32")).ExitCode);
        Assert.Equal(0, (await desk.RunAsync("upscale", photo, "-o", desk.File("fast.png"), "--precision", "fp32", "--fast-smooth", "2")).ExitCode);

        using var scope = NewDisposeScope();
        var bicubic = Bicubic.Enlarge(Levels(photo, 160, 64), 4).round().clamp(0, 255);
        var (fast, whole) = (Levels(desk.File("fast.png"), 640, 256), Levels(desk.File("whole.png"), 640, 256));
        // Detail is taken with four pixels around it, two of which are in the squares that the pixel is compared with.
        Assert.InRange((fast - bicubic).narrow(3, 0, 4 * 88).abs().max().item<float>(), 0, 1);
        Assert.InRange((fast - whole).narrow(3, 4 * 96, 4 * 64).abs().max().item<float>(), 0, 1);
        Assert.NotEqual(fast.narrow(3, 0, 4 * 88).data<float>().ToArray(), whole.narrow(3, 0, 4 * 88).data<float>().ToArray());
    }

    [Fact]
    public async Task Upscale_Steered_ChangesThePictureAsAskedFor()
    {
        var photo = desk.Picture("steered.png", 48, 40);
        var plain = await PixelsAsync();
        Assert.Equal(plain, await PixelsAsync("--keep-blur", "0", "--kernel-scale", "1", "--consistent", "0"));
        Assert.NotEqual(plain, await PixelsAsync("--kernel", "3,1,30"));
        Assert.NotEqual(plain, await PixelsAsync("--kernel-scale", "0.5"));
        Assert.NotEqual(plain, await PixelsAsync("--consistent", "2"));

        async Task<byte[]> PixelsAsync(params string[] options)
        {
            var outcome = await desk.RunAsync(["upscale", photo, "-o", desk.File("out.png"), "--overwrite", "--precision", "fp32", .. options]);
            Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
            return Pixels.Of(desk.File("out.png"));
        }
    }

    [Fact]
    public async Task Upscale_KernelLock_UsesOneKernelAndGoesOn()
    {
        desk.Picture("series-1.png", 40, 36, seed: 1);
        desk.Picture("series-2.png", 36, 40, seed: 2);
        string[] command = ["upscale", desk.File("series-1.png"), desk.File("series-2.png"), "-o", desk.File("series"), "--kernel-lock"];
        var first = await desk.RunAsync(command);
        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        var again = await desk.RunAsync([.. command, "--json"]);
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(2, again.Output.Split("\"upToDate\"").Length - 1);

        // One that is damaged keeps no other from being looked at.
        var whole = await File.ReadAllBytesAsync(desk.File("series-1.png"), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(desk.File("series-0.png"), whole[..(whole.Length / 2)], TestContext.Current.CancellationToken);
        var damaged = await desk.RunAsync(
            "upscale", desk.File("series-0.png"), desk.File("series-1.png"), desk.File("series-2.png"), "-o", desk.File("damaged"), "--kernel-lock");
        Assert.Equal(50, damaged.ExitCode);
        Assert.Equal(["series-1_x4.png", "series-2_x4.png"], Directory.GetFiles(desk.File("damaged"), "*.png").Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(2, "both say which blur is meant", "--kernel", "2,1,0", "--kernel-scale", "1.5")]
    [InlineData(2, "--kernel-scale is a number from 0.5 to 2", "--kernel-scale", "3")]
    [InlineData(2, "add --keep-blur 1", "--keep-blur-mask", "wrong.png")]
    [InlineData(2, "a mask is as large as its photo", "--keep-blur", "1", "--keep-blur-mask", "small.png")]
    [InlineData(2, "is no kernel", "--kernel", "kernel.txt")]
    [InlineData(2, "expected sigmas of 0.05 to 10", "--kernel", "20,1,0")]
    [InlineData(10, "does not exist", "--kernel", "missing.txt")]
    [InlineData(2, "--kernel-lock is for several photos", "--kernel-lock")]
    [InlineData(2, "choose at most 4 times", "--scale", "8", "--allow-repeat", "--consistent", "1")]
    public async Task Upscale_WrongSteering_SaysSoAndWritesNothing(int code, string expected, params string[] options)
    {
        var photo = desk.Picture("wrong.png", 20, 16);
        desk.Picture("small.png", 10, 16);
        await File.WriteAllTextAsync(desk.File("kernel.txt"), "1 2 3\n4 5\n", TestContext.Current.CancellationToken);
        var outcome = await desk.RunAsync(["upscale", photo, "-o", desk.File("never.png"), .. options]);
        Assert.Equal(code, outcome.ExitCode);
        Assert.Contains(expected, outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(desk.File("never.png")));
    }

    [Theory]
    [InlineData(2, "name what to make")]
    [InlineData(20, "ends in no format for maps", "-o", "map.bmp")]
    [InlineData(20, "let it end in .tif", "--layers", "map.png")]
    [InlineData(25, "is the picture itself", "-o", "blur-photo.png")]
    [InlineData(22, "does not exist", "-o", "nowhere/map.png")]
    public async Task Blur_WrongOutput_SaysSo(int code, string expected, params string[] options)
    {
        var outcome = await desk.RunAsync(["blur", desk.Picture("blur-photo.png", 20, 16), .. options]);
        Assert.Equal(code, outcome.ExitCode);
        Assert.Contains(expected, outcome.Error, StringComparison.Ordinal);
    }

    // (1, 3, height, width), 0 to 255.
    private static Tensor Levels(string path, int width, int height) =>
        tensor(Pixels.Of(path)).view(1, height, width, 3).permute(0, 3, 1, 2).to_type(ScalarType.Float32);
}
