using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Koala.Client.Tests.Fakes;

/// <summary>A real gRPC server in this process, with a fake worker, at a Unix domain socket or a port.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly ConcurrentBag<ConnectionContext> _connections = [];
    private readonly TemporaryFolder? _folder;
    private readonly WebApplication _application;
    private volatile bool _dead;

    private FakeServer(FakeWorker worker, WorkerAddress? address)
    {
        if (address is null)
            _folder = new TemporaryFolder();
        Address = address ?? _folder!.Socket;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(worker);
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (Address.Transport == WorkerTransport.Http)
                kestrel.ListenLocalhost(new Uri(Address.Target).Port, Configure);
            else if (Address.Transport == WorkerTransport.NamedPipe)
                // The socket that .NET has for a named pipe where the system has none.
                kestrel.ListenUnixSocket(Path.Combine(Path.GetTempPath(), "CoreFxPipe_" + Address.Target), Configure);
            else
                kestrel.ListenUnixSocket(Address.Target, Configure);
        });
        _application = builder.Build();
        _application.MapGrpcService<FakeWorker>();

        void Configure(ListenOptions options)
        {
            options.Protocols = HttpProtocols.Http2;
            options.Use(next => connection =>
            {
                _connections.Add(connection);
                if (_dead)
                    connection.Abort();
                return next(connection);
            });
        }
    }

    public WorkerAddress Address { get; }

    public static async Task<FakeServer> StartAsync(FakeWorker worker, WorkerAddress? address = null)
    {
        var server = new FakeServer(worker, address);
        await server._application.StartAsync();
        return server;
    }

    /// <summary>Ends every connection without a word, as the system does for a process that is killed.</summary>
    /// <param name="forGood">Those that come later too; else it is as if it had been started again at once.</param>
    public void Kill(bool forGood = false)
    {
        _dead = forGood;
        foreach (var connection in _connections)
            connection.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _folder?.Dispose();
    }
}
