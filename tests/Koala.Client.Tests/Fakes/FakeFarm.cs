using System.Net;
using System.Net.Sockets;

namespace Koala.Client.Tests.Fakes;

/// <summary>Several fake workers at ports of this machine, each with a simulated device that computes one tile at a time.</summary>
internal sealed class FakeFarm : IAsyncDisposable
{
    private readonly List<FakeServer> _servers = [];

    public List<FakeWorker> Workers { get; } = [];

    /// <summary>All of their addresses.</summary>
    public WorkerAddress Address => WorkerAddress.Parse(string.Join(',', _servers.Select(server => server.Address)));

    /// <summary>Adds a worker and starts it.</summary>
    /// <param name="worker">Makes it; what it is given is to be awaited before an answer.</param>
    /// <param name="secondsPerTile">The device's time.</param>
    public async Task<FakeServer> AddAsync(double secondsPerTile, Func<Func<ulong, CancellationToken, Task>, FakeWorker>? worker = null)
    {
        var device = new SemaphoreSlim(1);
        var made = (worker ?? (compute => new FakeWorker { BeforeAnswer = compute }))(async (_, stop) =>
        {
            await device.WaitAsync(stop);
            await Task.Delay(TimeSpan.FromSeconds(secondsPerTile), stop);
            device.Release();
        });
        var server = await FakeServer.StartAsync(made, WorkerAddress.Parse($"http://127.0.0.1:{FreePort()}"));
        Workers.Add(made);
        _servers.Add(server);
        return server;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
    }
}
