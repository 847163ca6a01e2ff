using System.Runtime.InteropServices;
using Koala.Client.Tests.Fakes;

namespace Koala.Client.Tests;

/// <summary>What a job tells beside its pixels, over a real connection to a fake worker.</summary>
public sealed class BlurJobTests
{
    [Fact]
    public async Task UpscaleAsync_BlurMapAndCheck_AreThoseOfTheWholeImage()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(131, 97);
        var (map, rebuilt) = (new List<Blur>(), new List<byte>());
        var result = await client.UpscaleAsync(image.Job with
        {
            Check = true,
            WriteBlur = (y, rows, _) =>
            {
                Assert.Equal(map.Count, y * 131);
                map.AddRange(rows.Span);
                return ValueTask.CompletedTask;
            },
            WriteRebuilt = (y, _, rows, _) =>
            {
                rebuilt.AddRange(rows.Span);
                return ValueTask.CompletedTask;
            },
        });
        image.AssertEnlarged();
        var expected = Enlargement.ToFloats(Enlargement.Of(image.Pixels, 131, 97, PixelFormat.RgbU8, 1, new PixelRegion(0, 0, 131, 97), reflect: true));
        Assert.Equal(expected, rebuilt);
        var covariances = MemoryMarshal.Cast<byte, float>(expected).ToArray();
        Assert.Equal(covariances.Chunk(3).Select(c => Blur.FromCovariance(c[0], c[1], c[2])), map);
        Assert.True(result.Scores.Count > 4);
        Assert.Equal(result.Tiles, result.Scores.Count);
        Assert.Equal(40, result.Psnr!.Value, 1e-9);
        Assert.Null(result.MeanKernel);
    }

    [Fact]
    public async Task UpscaleAsync_Mask_IsCutAsTheImageIs()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        // The fake worker sends back the mask as the variance along x.
        var (image, mask, map) = (new TestImage(90, 70), new byte[90 * 70], new List<Blur>());
        new Random(3).NextBytes(mask);
        await client.UpscaleAsync(image.Job with
        {
            KeepBlur = 0.5,
            ReadKeepBlurMask = (y, count, rows, _) =>
            {
                mask.AsMemory(90 * y, 90 * count).CopyTo(rows);
                return ValueTask.CompletedTask;
            },
            WriteBlur = (_, rows, _) =>
            {
                map.AddRange(rows.Span);
                return ValueTask.CompletedTask;
            },
        });
        byte[] rgb = [.. mask.SelectMany(value => new[] { value, value, value })];
        var expected = MemoryMarshal.Cast<byte, float>(Enlargement.ToFloats(
            Enlargement.Of(rgb, 90, 70, PixelFormat.RgbU8, 1, new PixelRegion(0, 0, 90, 70), reflect: true))).ToArray();
        Assert.Equal(expected.Chunk(3).Select(c => Blur.FromCovariance(c[0], c[1], c[2])), map);
    }

    [Fact]
    public async Task EstimateBlurAsync_Kernels_AreThoseOfTheGridOnceEach()
    {
        var worker = new FakeWorker();
        await using var server = await FakeServer.StartAsync(worker);
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(150, 85);
        var rows = 0;
        var result = await client.EstimateBlurAsync(new BlurJob
        {
            Width = 150,
            Height = 85,
            PixelFormat = PixelFormat.RgbU8,
            ReadRows = image.Job.ReadRows,
            KernelStep = 17,
            WriteBlur = (_, lines, _) =>
            {
                rows += lines.Length / 150;
                return ValueTask.CompletedTask;
            },
        });
        Assert.Equal(85, rows);
        Assert.Equal(0, image.Result.Max());
        Assert.True(worker.Options!.BlurOnly);
        (int, int)[] places = [.. from y in Enumerable.Range(0, 5) from x in Enumerable.Range(0, 9) where 8 + 17 * x < 150 select (8 + 17 * x, 8 + 17 * y)];
        Assert.Equal(places, result.Kernels.Select(kernel => (kernel.X, kernel.Y)));
        Assert.All(result.Kernels, kernel =>
            Assert.Equal(image.Pixels[3 * (kernel.Y * 150 + kernel.X)], kernel.Kernel.Taps[0] / kernel.Kernel.Taps[210], 0.01));
        Assert.NotNull(result.MeanKernel);
        Assert.True(result.Tiles > 1);
    }

    [Fact]
    public async Task EstimateBlurAsync_NothingButTheMeanKernel_EndsHoweverManyTiles()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(400, 300);
        var result = await client.EstimateBlurAsync(
            new BlurJob { Width = 400, Height = 300, PixelFormat = PixelFormat.RgbU8, ReadRows = image.Job.ReadRows });
        Assert.NotNull(result.MeanKernel);
        Assert.Empty(result.Kernels);
    }

    [Fact]
    public async Task UpscaleAsync_Steered_TellsTheWorker()
    {
        var worker = new FakeWorker();
        await using var server = await FakeServer.StartAsync(worker);
        await using var client = new KoalaClient(server.Address);
        await client.UpscaleAsync(new TestImage(20, 20).Job);
        Assert.Equal((0f, 0u, false, false, 0f), (worker.Options!.KeepBlur, worker.Options.Consistent, worker.Options.HasKernel, worker.Options.HasKernelScale, worker.Options.SmoothLevels));
        await client.UpscaleAsync(new TestImage(20, 20).Job with { KeepBlur = 0.25, ConsistentSteps = 3, KernelScale = 1.5, SmoothLevels = 2.5 });
        Assert.Equal((0.25f, 3u, 1.5f, 2.5f), (worker.Options!.KeepBlur, worker.Options.Consistent, worker.Options.KernelScale, worker.Options.SmoothLevels));
        await client.UpscaleAsync(new TestImage(20, 20).Job with { Kernel = BlurKernel.Gaussian(2, 1, 0.3) });
        Assert.Equal(1600, worker.Options!.Kernel.Length);
    }

    [Fact]
    public async Task UpscaleAsync_AnswerWithoutWhatWasAskedFor_BreaksTheContract()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker { Answer = result => new() { Id = result.Id, Pixels = result.Pixels } });
        await using var client = new KoalaClient(server.Address);
        foreach (var job in (UpscaleJob[])[
            new TestImage(20, 20).Job with { Check = true },
            new TestImage(20, 20).Job with { MeanKernel = true },
            new TestImage(20, 20).Job with { KernelStep = 16 },
            new TestImage(20, 20).Job with { WriteBlur = (_, _, _) => ValueTask.CompletedTask }])
        {
            var error = await Assert.ThrowsAsync<KoalaException>(() => client.UpscaleAsync(job));
            Assert.Equal(KoalaErrorKind.ProtocolError, error.Kind);
        }
    }

    [Fact]
    public async Task UpscaleAsync_OutOfRange_Throws()
    {
        await using var client = new KoalaClient(WorkerAddress.Parse("http://localhost:1"));
        var job = new TestImage(20, 20).Job;
        foreach (var wrong in (UpscaleJob[])[
            job with { KeepBlur = 1.1 }, job with { KeepBlur = double.NaN }, job with { KernelScale = 0.4 }, job with { ConsistentSteps = 21 },
            job with { KernelStep = 15 }, job with { ReadKeepBlurMask = job.ReadRows }, job with { WriteRebuilt = job.WriteRows },
            job with { SmoothLevels = 17 }, job with { SmoothLevels = 1, Check = true }])
            await Assert.ThrowsAnyAsync<ArgumentException>(() => client.UpscaleAsync(wrong));
    }
}
