using Koala.Client.Tests.Fakes;

namespace Koala.Client.Tests.Upscaling;

public class UpscaleTests
{
    [Theory]
    [InlineData(1, 1, 4)]
    [InlineData(1, 7, 2)]
    [InlineData(3, 500, 4)]
    [InlineData(500, 3, 2)]
    [InlineData(17, 33, 4)]
    [InlineData(41, 45, 2)]
    [InlineData(190, 260, 2)]
    public async Task Result_OfAnySizeAndFormat_IsThatOfTheWholeImage(int width, int height, int scale)
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        foreach (var format in Enum.GetValues<PixelFormat>())
        {
            var image = new TestImage(width, height, format, scale);

            await client.UpscaleAsync(image.Job);

            image.AssertEnlarged();
        }
    }

    [Fact]
    public async Task Result_OfALargeImageInSmallTiles_IsThatOfTheWholeImage()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(640, 480);

        await client.UpscaleAsync(image.Job with { TileSide = 40, Halo = 5, Overlap = 7 });

        image.AssertEnlarged();
    }

    [Theory]
    [InlineData(0, 0, 260, 190)]
    [InlineData(0, 0, 30, 20)]
    [InlineData(101, 67, 1, 1)]
    [InlineData(37, 58, 131, 90)]
    [InlineData(250, 189, 10, 1)]
    public async Task Result_OfARegion_IsThatOfTheWholeImageThere(int x, int y, int width, int height)
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        foreach (var format in Enum.GetValues<PixelFormat>())
        {
            var image = new TestImage(260, 190, format);
            var region = new PixelRegion(x, y, width, height);
            var reports = new Reports();

            await client.UpscaleAsync(image.Job with { Region = region }, reports);

            var expected = Enlargement.Of(image.Pixels, 260, 190, format, image.Job.Scale, region, reflect: true);
            Assert.True(expected.AsSpan().SequenceEqual(image.Result.AsSpan(0, expected.Length)), $"{format}: the result is not that of the whole image");
            Assert.Equal(width * height / 1e6, reports[^1].MegapixelsTotal, 1e-9);
        }
    }

    [Fact]
    public async Task Result_OfARegionOutside_IsInvalidInput()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);

        var exception = await Assert.ThrowsAsync<KoalaException>(
            () => client.UpscaleAsync(new TestImage(100, 100).Job with { Region = new PixelRegion(90, 0, 11, 5) }));

        Assert.Equal(KoalaErrorKind.InvalidInput, exception.Kind);
    }

    [Fact]
    public async Task Result_WithoutAHalo_Differs()
    {
        // The comparison of the other tests would be worth nothing if it did not see this.
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(100, 100);

        await client.UpscaleAsync(image.Job with { Halo = 0 });

        Assert.NotEqual(image.Expected(), image.Result);
    }

    [Fact]
    public async Task Result_TellsWhatWasDone()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(100, 200, scale: 4);
        var reports = new Reports();

        var result = await client.UpscaleAsync(image.Job with { Precision = Precision.Bf16 }, reports);

        Assert.Equal(("fake", 4, Precision.Bf16, "fake", 2), (result.Model, result.Scale, result.Precision, result.Device, result.Halo));
        Assert.Equal(new TileLayout(100, 200, 48, 2).Count, result.Tiles);
        Assert.Equal(result.Tiles * 0.75, result.ComputeSeconds, 1e-9);
        Assert.Equal(2, result.QueueSecondsPerTile, 1e-9);
        Assert.Equal(Enumerable.Range(1, result.Tiles), reports.Select(report => report.TilesDone));
        Assert.Equal((1.0, 0.02, TimeSpan.Zero), (reports[^1].Fraction, reports[^1].MegapixelsDone, reports[^1].Remaining));
    }

    [Fact]
    public async Task Results_OfEightClientsAtOnce_AreNotMixedUp()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            await using var client = new KoalaClient(server.Address);
            var image = new TestImage(90 + i, 120 - i, (PixelFormat)(1 + i % 3), scale: i % 2 == 0 ? 2 : 4, seed: i);
            await client.UpscaleAsync(image.Job);
            image.AssertEnlarged();
        }));
    }

    [Fact]
    public async Task Results_OfSeveralJobsOfOneClient_AreNotMixedUp()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            var image = new TestImage(100, 100, seed: i);
            await client.UpscaleAsync(image.Job);
            image.AssertEnlarged();
        }));
    }

    [Fact]
    public async Task Tiles_OfAWorkerWithShortMessages_FitIntoThem()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker { MaxMessageBytes = 1024 + 12 * 32 * 32 });
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(100, 100, PixelFormat.RgbF32);

        var result = await client.UpscaleAsync(image.Job);

        Assert.Equal(new TileLayout(100, 100, 32, 2).Count, result.Tiles);
        image.AssertEnlarged();
    }

    /// <summary>Unlike <see cref="Progress{T}"/> it keeps what is reported, in order.</summary>
    private sealed class Reports : List<UpscaleProgress>, IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value) => Add(value);
    }

    [Theory]
    [InlineData(40, JobPriority.Auto, Koala.Protocol.V1.Priority.Interactive)]
    [InlineData(300, JobPriority.Auto, Koala.Protocol.V1.Priority.Batch)]
    [InlineData(40, JobPriority.Batch, Koala.Protocol.V1.Priority.Batch)]
    [InlineData(300, JobPriority.Interactive, Koala.Protocol.V1.Priority.Interactive)]
    public async Task Upscale_Priority_IsThatOfTheJobOrOfItsSize(int side, JobPriority priority, Koala.Protocol.V1.Priority expected)
    {
        var worker = new FakeWorker();
        await using var server = await FakeServer.StartAsync(worker);
        await using var client = new KoalaClient(server.Address);
        await client.UpscaleAsync(new TestImage(side, side).Job with { Priority = priority });
        Assert.Equal(expected, worker.Options!.Priority);
    }
}
