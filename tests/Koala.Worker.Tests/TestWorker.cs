using Grpc.Core;
using Grpc.Net.Client;
using Koala.Protocol.V1;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using State = Koala.Protocol.V1.GetStatusResponse.Types.State;

namespace Koala.Worker.Tests;

/// <summary>A worker in this process that listens on an endpoint of its own, and clients of it.</summary>
internal sealed class TestWorker : IAsyncDisposable
{
    /// <summary>Milliseconds after which a test hangs for certain.</summary>
    public const int Timeout = 120_000;

    private readonly TestFolder _folder;
    private readonly List<GrpcChannel> _channels = [];
    private readonly WorkerHost _host;
    private readonly FakeEngine? _fake;

    private TestWorker(TestFolder folder, ListenEndpoint endpoint, WorkerHost host, FakeEngine? fake)
    {
        (_folder, Endpoint, _host, _fake) = (folder, endpoint, host, fake);
        Exit = host.WaitForExitAsync();
        Client = new Upscaler.UpscalerClient(Connect());
    }

    public ListenEndpoint Endpoint { get; }

    public Upscaler.UpscalerClient Client { get; }

    /// <summary>The exit code, once the worker has stopped.</summary>
    public Task<int> Exit { get; }

    public IServiceProvider Services => _host.Services;

    /// <param name="engine">In place of the real one.</param>
    /// <param name="change">Of the default options.</param>
    /// <param name="time">In place of the clock.</param>
    /// <param name="shutdownTimeout">How long a shutdown may take, in place of the worker's own.</param>
    public static async Task<TestWorker> StartAsync(
        IInferenceEngine? engine, Func<WorkerOptions, WorkerOptions>? change = null, TimeProvider? time = null,
        TimeSpan? shutdownTimeout = null)
    {
        var folder = new TestFolder();
        var endpoint = folder.Endpoint();
        var options = new WorkerOptions { Listen = [endpoint] };
        var host = await WorkerHost.StartAsync(change?.Invoke(options) ?? options, services =>
        {
            services.AddLogging(logging => logging.ClearProviders());
            if (engine is not null)
                services.AddSingleton(engine);
            if (time is not null)
                services.AddSingleton(time);
            if (shutdownTimeout is { } limit)
                services.Configure<HostOptions>(host => host.ShutdownTimeout = limit);
        });
        return new TestWorker(folder, endpoint, host, engine as FakeEngine);
    }

    /// <summary>A connection of its own.</summary>
    public GrpcChannel Connect()
    {
        var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { ConnectCallback = (_, token) => EndpointProbe.ConnectAsync(Endpoint, token) },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
        });
        _channels.Add(channel);
        return channel;
    }

    public Task<GetStatusResponse> StatusAsync() => Client.GetStatusAsync(new GetStatusRequest()).ResponseAsync;

    /// <summary>Waits until the worker says so.</summary>
    public async Task<GetStatusResponse> UntilAsync(Predicate<GetStatusResponse> condition)
    {
        while (true)
        {
            var status = await StatusAsync();
            if (condition(status))
                return status;
            await Task.Delay(5);
        }
    }

    public Task UntilReadyAsync() => UntilAsync(status => status.State == State.Ready);

    /// <summary>As SIGTERM does.</summary>
    public void Stop() => Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

    public async ValueTask DisposeAsync()
    {
        _fake?.Loading.Set();
        _fake?.Running.Set();
        foreach (var channel in _channels)
            channel.Dispose();
        await _host.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>A stream of tiles, spoken by hand.</summary>
internal sealed class TestStream(AsyncDuplexStreamingCall<UpscaleRequest, UpscaleResponse> call) : IDisposable
{
    public static UpscaleStart Start(PixelFormat format = PixelFormat.RgbU8) => new() { Scale = 4, PixelFormat = format };

    /// <summary>Opens a stream and reads the answer to its start.</summary>
    public static async Task<(TestStream Stream, UpscaleStarted Started)> OpenAsync(
        Upscaler.UpscalerClient client, UpscaleStart? start = null)
    {
        var stream = new TestStream(client.Upscale());
        await stream.SendAsync(new UpscaleRequest { Start = start ?? Start() });
        return (stream, (await stream.ReadAsync())!.Started);
    }

    /// <summary>A square tile of one colour.</summary>
    public static Tile Plain(ulong id, int side, byte value) => new()
    {
        Id = id,
        Width = (uint)side,
        Height = (uint)side,
        Pixels = Google.Protobuf.ByteString.CopyFrom(Enumerable.Repeat(value, side * side * 3).ToArray()),
    };

    /// <summary>Of a stream that has ended, reading tells the status, not writing.</summary>
    public async Task SendAsync(UpscaleRequest request)
    {
        try
        {
            await call.RequestStream.WriteAsync(request);
        }
        catch (RpcException)
        {
        }
    }

    public Task SendAsync(Tile tile) => SendAsync(new UpscaleRequest { Tile = tile });

    public Task CompleteAsync() => call.RequestStream.CompleteAsync();

    /// <summary>The next answer, null at the end.</summary>
    public async Task<UpscaleResponse?> ReadAsync() =>
        await call.ResponseStream.MoveNext(CancellationToken.None) ? call.ResponseStream.Current : null;

    /// <summary>Closes this side and reads the results that are left, in the order of their ids.</summary>
    public async Task<TileResult[]> FinishAsync()
    {
        await CompleteAsync();
        var results = new List<TileResult>();
        while (await ReadAsync() is { } response)
            results.Add(response.Tile);
        return [.. results.OrderBy(result => result.Id)];
    }

    public void Dispose() => call.Dispose();
}
