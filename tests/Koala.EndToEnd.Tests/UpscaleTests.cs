using Koala.Network;
using NetVips;
using static TorchSharp.torch;

namespace Koala.EndToEnd.Tests;

/// <summary>The main job: koala-client, gRPC, a worker with the released weights, and back to a file.</summary>
public sealed class UpscaleTests(Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task Upscale_ReducedPhotograph_IsBetterThanBicubic()
    {
        // The sample, blurred and reduced to a quarter, enlarged again.
        using (var photograph = Image.NewFromFile(Repository.Sample))
        using (var blurred = photograph.Gaussblur(1.6))
        using (var reduced = blurred.Subsample(4, 4))
            reduced.WriteToFile(desk.File("small.png"));
        var outcome = await desk.RunAsync("upscale", desk.File("small.png"), "-o", desk.File("large.png"), "--scale", "4");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("80x80 → ", outcome.Output, StringComparison.Ordinal);

        using var truth = Image.NewFromFile(Repository.Sample);
        using var small = Image.NewFromFile(desk.File("small.png"));
        // Subsampling takes each block's first pixel, half a block from its middle.
        using var cubic = Interpolate.NewFromName("bicubic");
        using var bicubic = small.Affine([4, 0, 0, 4], interpolate: cubic, oarea: [0, 0, 320, 320], extend: Enums.Extend.Copy);
        using var inner = Inner(truth);
        using var enlarged = Image.NewFromFile(desk.File("large.png"));
        // The network's pixels lie in the middle of their blocks: one and a half pixels from the subsampled ones.
        using var aligned = enlarged.Affine([1, 0, 0, 1], interpolate: cubic, odx: -1.5, ody: -1.5, oarea: [0, 0, 320, 320], extend: Enums.Extend.Copy);
        var (network, plain) = (Psnr(aligned, inner), Psnr(bicubic, inner));
        Assert.True(network > plain + 0.5, $"KOALAnet {network:0.00} dB, bicubic {plain:0.00} dB");

        static Image Inner(Image image) => image.Crop(16, 16, 288, 288);

        static double Psnr(Image image, Image inner) =>
            Pixels.Psnr(Inner(image).Cast(Enums.BandFormat.Uchar).WriteToMemory<byte>(), inner.Cast(Enums.BandFormat.Uchar).WriteToMemory<byte>());
    }

    [Fact]
    public async Task Upscale_ManyTiles_EqualTheBareNetworkOnTheWholeImage()
    {
        var path = desk.Picture("tiled.png", 150, 110);
        var outcome = await desk.RunAsync("upscale", path, "-o", desk.File("tiled-x4.png"), "--precision", "fp32", "--tile", "144");
        Assert.Equal(0, outcome.ExitCode);
        Assert.DoesNotContain("of 1 tiles", outcome.Output, StringComparison.Ordinal);

        using var model = InferenceModel.Load(Repository.Model, CPU);
        using var scope = NewDisposeScope();
        var lr = tensor(Pixels.Of(path)).view(1, 110, 150, 3).permute(0, 3, 1, 2).to_type(ScalarType.Float32) / 127.5 - 1;
        var hr = ((model.UpscaleImage(lr, Network.Precision.Fp32) + 1) * 127.5).round().clamp(0, 255).to_type(ScalarType.Byte);
        var expected = hr.permute(0, 2, 3, 1).contiguous().data<byte>().ToArray();
        var actual = Pixels.Of(desk.File("tiled-x4.png"));
        Assert.InRange(Pixels.LargestDifference(expected, actual), 0, 1);
        Assert.True(Pixels.Psnr(expected, actual) > 70, $"{Pixels.Psnr(expected, actual):0.0} dB");
    }

    [Fact]
    public async Task Upscale_APreview_IsWhatTheWholeOutputHasThere()
    {
        var path = desk.Picture("whole.png", 150, 110);
        var (whole, part) = (desk.File("whole-x4.png"), desk.File("part-x4.png"));
        Assert.Equal(0, (await desk.RunAsync("upscale", path, "-o", whole, "--precision", "fp32")).ExitCode);
        Assert.Equal(0, (await desk.RunAsync("upscale", path, "-o", part, "--precision", "fp32", "--preview", "53,31,40,30")).ExitCode);

        using var image = Image.NewFromFile(whole);
        using var expected = image.Crop(4 * 53, 4 * 31, 160, 120);
        Assert.InRange(Pixels.LargestDifference(Pixels.Of(expected), Pixels.Of(part)), 0, 1);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 40)]
    [InlineData(40, 1)]
    [InlineData(3, 5000)]
    [InlineData(5, 3)]
    public async Task Upscale_OddSizes_Work(int width, int height)
    {
        var path = desk.Picture($"odd-{width}x{height}.png", width, height);
        var output = desk.File($"odd-{width}x{height}-x4.png");
        var outcome = await desk.RunAsync("upscale", path, "-o", output);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal((4 * width, 4 * height, 3), Pixels.Size(output));
    }

    [Theory]
    [InlineData("grey.png", "grey-x4.jpg", 1)]
    [InlineData("grey.png", "grey-x4.png", 1)]
    [InlineData("rgb.png", "rgb-x4.webp", 3)]
    [InlineData("rgb.png", "rgb-x4.tif", 3)]
    [InlineData("rgba.png", "rgba-x4.png", 4)]
    public async Task Upscale_EveryKind_ComesBackInKind(string input, string output, int bands)
    {
        var path = desk.Picture("kind.png", 33, 21);
        using (var rgb = Image.NewFromFile(path))
        using (var grey = rgb.Colourspace(Enums.Interpretation.Bw))
        using (var rgba = rgb.Bandjoin(255))
            (input == "grey.png" ? grey : input == "rgba.png" ? rgba : rgb).WriteToFile(desk.File(input));
        var outcome = await desk.RunAsync("upscale", desk.File(input), "-o", desk.File(output), "--overwrite");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal((132, 84, bands), Pixels.Size(desk.File(output)));
        if (bands == 4)
            Assert.All(Pixels.Of(desk.File(output)).Where((_, i) => i % 4 == 3), alpha => Assert.Equal(255, alpha));
    }

    [Theory]
    [InlineData("2", 80, 60)]
    [InlineData("1.5", 60, 45)]
    [InlineData("3", 120, 90)]
    [InlineData("8", 320, 240)]
    public async Task Upscale_AnyScale_HasItsSizeAndLooksLikeThePhotograph(string scale, int width, int height)
    {
        var path = desk.Picture($"any-{scale}.png", 40, 30);
        var outcome = await desk.RunAsync("upscale", path, "-o", desk.File($"any-{scale}-out.png"), "--scale", scale, "--allow-repeat");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        using var input = Image.NewFromFile(path);
        using var output = Image.NewFromFile(desk.File($"any-{scale}-out.png"));
        Assert.Equal((width, height), (output.Width, output.Height));
        using var reduced = output.Resize(40.0 / width, vscale: 30.0 / height, kernel: Enums.Kernel.Linear);
        using var cast = reduced.Cast(Enums.BandFormat.Uchar);
        Assert.True(Pixels.Psnr(Pixels.Of(input), Pixels.Of(cast)) > 25);
    }

    [Fact]
    public async Task Upscale_EightClientsAtOnce_GetTheirOwnPictures()
    {
        var inputs = Enumerable.Range(0, 8).Select(i => desk.Picture($"client-{i}.png", 40 + 8 * (i % 3), 48, seed: i)).ToArray();
        var together = await Task.WhenAll(inputs.Select((path, i) => desk.RunAsync("upscale", path, "-o", desk.File($"together-{i}.png"))));
        Assert.All(together, outcome => Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error)));
        for (var i = 0; i < inputs.Length; i++)
        {
            Assert.Equal(0, (await desk.RunAsync("upscale", inputs[i], "-o", desk.File($"alone-{i}.png"))).ExitCode);
            // Batches of other sizes may round the last bit of a bf16 sum otherwise.
            Assert.True(Pixels.Psnr(Pixels.Of(desk.File($"alone-{i}.png")), Pixels.Of(desk.File($"together-{i}.png"))) > 50);
        }
    }

    [Fact]
    public async Task Upscale_SecondCall_FindsTheWorkerWarm()
    {
        var path = desk.Picture("twice.png", 12, 12);
        Assert.Equal(0, (await desk.RunAsync("upscale", path, "-o", desk.File("first.png"))).ExitCode);
        var worker = await desk.WorkerProcessIdAsync();
        Assert.Equal(0, (await desk.RunAsync("upscale", path, "-o", desk.File("second.png"))).ExitCode);
        Assert.Equal(worker, await desk.WorkerProcessIdAsync());
        Assert.Equal(Pixels.Of(desk.File("first.png")), Pixels.Of(desk.File("second.png")));
        var status = await desk.RunAsync("status");
        Assert.Equal(0, status.ExitCode);
        Assert.Contains("koalanet-x4", status.Output, StringComparison.Ordinal);
    }
}
