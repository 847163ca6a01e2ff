using Koala.Client.Tests.Fakes;

namespace Koala.Client.Tests.Upscaling;

/// <summary>What a picture costs on the wire and on the device, counted and not timed.</summary>
public class TransferTests
{
    [Theory]
    [InlineData(30, 20)]
    [InlineData(640, 480)]
    public async Task Upscale_APicture_SendsEachTileOnceAndNothingElse(int width, int height)
    {
        var worker = new FakeWorker();
        await using var server = await FakeServer.StartAsync(worker);
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(width, height);

        await client.UpscaleAsync(image.Job);

        var layout = new TileLayout(width, height, (int)worker.TileSide, Enlargement.Halo, Enlargement.Alignment);
        Assert.Equal(layout.Count, worker.Received);
        Assert.Equal(3L * layout.Count * layout.TileWidth * layout.TileHeight, worker.ReceivedBytes);
    }

    [Theory]
    [InlineData(1000, 1000, 1.75)]
    [InlineData(4000, 3000, 1.75)]
    [InlineData(100, 100, 2.5)]
    [InlineData(257, 257, 2.25)]
    public void Layout_OfTheReleasedModels_ComputesLittleTwice(int width, int height, double most)
    {
        // What koala-worker on a processor and its models ask for.
        var layout = new TileLayout(width, height, tileSide: 384, halo: 28);

        var computed = (double)layout.Count * layout.TileWidth * layout.TileHeight;

        Assert.InRange(computed / ((double)width * height), 1, most);
    }
}
