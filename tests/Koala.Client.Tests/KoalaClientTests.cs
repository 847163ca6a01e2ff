using System.Net;
using System.Net.Sockets;
using Koala.Client.Tests.Fakes;

namespace Koala.Client.Tests;

public class KoalaClientTests
{
    [Fact]
    public async Task GetStatus_OfAWorker_IsWhatItSays()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);

        var status = await client.GetStatusAsync();

        Assert.Equal(("1.2.3", "fake", WorkerState.Ready), (status.Version, status.Device, status.State));
        Assert.Equal(new WorkerLimits(96, 48, 5, 1 << 20), status.Limits);
        Assert.Equal([new WorkerModel("fake", 2, 2, 4, ""), new WorkerModel("fake", 4, 2, 4, "")], status.Models);
        Assert.Equal(Precision.Fp32, status.DefaultPrecision);
    }

    [Fact]
    public async Task Upscale_OverHttp_Works()
    {
        await using var server = await FakeServer.StartAsync(
            new FakeWorker(), WorkerAddress.Parse($"http://localhost:{FreePort()}"));
        await using var client = new KoalaClient(server.Address);
        var image = new TestImage(100, 60);

        await client.UpscaleAsync(image.Job);

        image.AssertEnlarged();
    }

    [Fact]
    public async Task GetStatus_WhereNothingListens_IsTransient()
    {
        using var folder = new TemporaryFolder();
        foreach (var address in new[] { folder.Socket, WorkerAddress.Parse($"http://localhost:{FreePort()}") })
        {
            await using var client = new KoalaClient(address);

            var exception = await Assert.ThrowsAsync<KoalaException>(() => client.GetStatusAsync());

            Assert.Equal((KoalaErrorKind.WorkerUnavailable, true), (exception.Kind, exception.IsTransient));
            Assert.Contains(address.ToString(), exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task GetStatus_Cancelled_Throws()
    {
        using var folder = new TemporaryFolder();
        await using var client = new KoalaClient(folder.Socket);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetStatusAsync(new CancellationToken(true)));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
