using Koala.Client.Tests.Fakes;

namespace Koala.Client.Tests.Upscaling;

public class UpscaleBoundsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task TilesInFlight_StayWithinTheWorkersLimit()
    {
        var full = new TaskCompletionSource();
        var worker = new FakeWorker { MaxTilesInFlight = 3, BeforeAnswer = (_, stop) => full.Task.WaitAsync(stop) };
        await using var server = await FakeServer.StartAsync(worker);
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(300, 200);

        var job = client.UpscaleAsync(image.Job);
        await UntilAsync(() => worker.MostHeld == 3);
        full.SetResult();
        await job;

        Assert.Equal(3, worker.MostHeld);
        image.AssertEnlarged();
    }

    [Fact]
    public async Task Tiles_BehindOneThatIsLate_AreHeldBackAfterTwoRows()
    {
        var late = new TaskCompletionSource();
        var worker = new FakeWorker { BeforeAnswer = (id, stop) => id == 0 ? late.Task.WaitAsync(stop) : Task.CompletedTask };
        await using var server = await FakeServer.StartAsync(worker);
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(400, 800);
        var layout = new TileLayout(400, 800, 48, 2);

        var job = client.UpscaleAsync(image.Job);
        await UntilAsync(() => worker.Received == 2 * layout.Columns);
        await Task.Delay(200);

        Assert.Equal(2 * layout.Columns, worker.Received);
        Assert.True(image.RowsRead <= 2 * layout.TileHeight);
        late.SetResult();
        await job;
        image.AssertEnlarged();
    }

    [Fact]
    public async Task SlowWriter_HoldsTheWorkerBack()
    {
        var writer = new TaskCompletionSource();
        var worker = new FakeWorker();
        await using var server = await FakeServer.StartAsync(worker);
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(400, 800, scale: 2) { BeforeWrite = () => writer.Task };
        var layout = new TileLayout(400, 800, 48, 2);

        var job = client.UpscaleAsync(image.Job);
        await UntilAsync(() => worker.Received == 2 * layout.Columns);
        await Task.Delay(200);

        Assert.Equal(2 * layout.Columns, worker.Received);
        writer.SetResult();
        await job;
        image.AssertEnlarged();
    }

    [Theory]
    [InlineData(50, 3000)]
    [InlineData(3, 2000)]
    public void RowWindow_OfATallImage_HoldsTheRowsOfOneRowOfTiles(int width, int height)
    {
        var layout = new TileLayout(width, height, 96, 10);

        var window = new RowWindow(layout, PixelFormat.RgbU8.BytesPerPixel(), (_, _, _, _) => ValueTask.CompletedTask);

        Assert.InRange(window.Capacity, layout.TileHeight - 10, layout.TileHeight + 10);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var stop = new CancellationTokenSource(Patience);
        while (!condition())
            await Task.Delay(10, stop.Token);
    }
}
