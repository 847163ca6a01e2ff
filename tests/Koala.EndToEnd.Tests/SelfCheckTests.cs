using Koala.Client;
using NetVips;

namespace Koala.EndToEnd.Tests;

/// <summary>The check with the released weights: what was enlarged with a wrong kernel explains its photograph less well.</summary>
public sealed class SelfCheckTests(Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task Check_OfADeliberatelyWrongKernel_IsLower()
    {
        // The sample, blurred and reduced to a quarter, as the network knows pictures.
        byte[] pixels;
        using (var photograph = Image.NewFromFile(Repository.Sample))
        using (var blurred = photograph.Gaussblur(1.8))
        using (var reduced = blurred.Subsample(4, 4).Crop(8, 8, 64, 64))
            pixels = reduced.WriteToMemory<byte>();
        // Starts the worker.
        Assert.Equal(0, (await desk.RunAsync("upscale", desk.Picture("small.png", 12, 12), "-o", desk.File("small-x4.png"))).ExitCode);
        await using var client = new KoalaClient(WorkerAddress.Parse($"unix:{desk.Socket}"));

        var right = await PsnrAsync(null);
        var narrow = await PsnrAsync(BlurKernel.Gaussian(0.3, 0.3, 0));

        Assert.True(right > narrow + 1, $"estimated kernels {right:0.0} dB, narrow ones {narrow:0.0} dB");

        async Task<double> PsnrAsync(BlurKernel? kernel)
        {
            var result = await client.UpscaleAsync(new UpscaleJob
            {
                Width = 64,
                Height = 64,
                PixelFormat = PixelFormat.RgbU8,
                Precision = Precision.Fp32,
                Kernel = kernel,
                Check = true,
                ReadRows = (y, count, rows, _) =>
                {
                    pixels.AsMemory(3 * 64 * y, 3 * 64 * count).CopyTo(rows);
                    return ValueTask.CompletedTask;
                },
                WriteRows = (_, _, _, _) => ValueTask.CompletedTask,
            });
            return result.Psnr!.Value;
        }
    }

    [Fact]
    public async Task Check_OnTheCommandLine_HasScoreMapAndCode()
    {
        var path = desk.Picture("check.png", 60, 50);

        var checked_ = await desk.RunAsync("upscale", path, "-o", desk.File("check-x4.png"), "--check-map", desk.File("map.png"));
        var strict = await desk.RunAsync("upscale", path, "-o", desk.File("strict-x4.png"), "--check-threshold", "120");

        Assert.Equal((0, ""), (checked_.ExitCode, checked_.Error));
        Assert.Contains("consistency, not truth", checked_.Output, StringComparison.Ordinal);
        Assert.Equal((60, 50, 3), Pixels.Size(desk.File("map.png")));
        Assert.Equal(42, strict.ExitCode);
        Assert.Equal((240, 200, 3), Pixels.Size(desk.File("strict-x4.png")));
    }
}
