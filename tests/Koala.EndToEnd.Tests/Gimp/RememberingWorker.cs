using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wire = Koala.Protocol.V1;

namespace Koala.EndToEnd.Tests.Gimp;

/// <summary>
/// Stands between clients and a real worker and has the same tile computed only once, for all of them: large layers would take every
/// program that sends one minutes on a small machine.
/// </summary>
internal sealed class RememberingWorker : Wire.Upscaler.UpscalerBase, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task<Wire.TileResult>> _results = new(StringComparer.Ordinal);
    private readonly GrpcChannel _channel;
    private readonly Wire.Upscaler.UpscalerClient _worker;
    private readonly WebApplication _application;
    private int _asked;

    private RememberingWorker(string workersSocket, string socket)
    {
        Socket = socket;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(workersSocket), cancellationToken);
                return new NetworkStream(connection, ownsSocket: true);
            },
        };
        _channel = GrpcChannel.ForAddress("http://worker", new GrpcChannelOptions { HttpHandler = handler, MaxReceiveMessageSize = null });
        _worker = new Wire.Upscaler.UpscalerClient(_channel);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(this);
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket, options => options.Protocols = HttpProtocols.Http2));
        _application = builder.Build();
        _application.MapGrpcService<RememberingWorker>();
    }

    /// <summary>Where it listens.</summary>
    public string Socket { get; }

    /// <summary>Tiles that were asked for.</summary>
    public int Asked => _asked;

    /// <summary>Those of them that the worker computed.</summary>
    public int Computed => _results.Count;

    public static async Task<RememberingWorker> StartAsync(string workersSocket, string socket)
    {
        var worker = new RememberingWorker(workersSocket, socket);
        await worker._application.StartAsync();
        return worker;
    }

    public override async Task<Wire.GetStatusResponse> GetStatus(Wire.GetStatusRequest request, ServerCallContext context) =>
        await _worker.GetStatusAsync(request, cancellationToken: context.CancellationToken);

    public override async Task Upscale(
        IAsyncStreamReader<Wire.UpscaleRequest> requestStream, IServerStreamWriter<Wire.UpscaleResponse> responseStream, ServerCallContext context)
    {
        using var call = _worker.Upscale(cancellationToken: context.CancellationToken);
        using var writing = new SemaphoreSlim(1);
        var waiting = new ConcurrentDictionary<ulong, TaskCompletionSource<Wire.TileResult>>();
        var answers = new List<Task>();

        await requestStream.MoveNext(context.CancellationToken);
        var start = requestStream.Current;
        await call.RequestStream.WriteAsync(start);
        await call.ResponseStream.MoveNext(context.CancellationToken);
        await responseStream.WriteAsync(call.ResponseStream.Current);
        var reading = ReadAsync();
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            var tile = requestStream.Current.Tile;
            Interlocked.Increment(ref _asked);
            var computed = new TaskCompletionSource<Wire.TileResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            var result = _results.GetOrAdd(Key(start.Start, tile), computed.Task);
            answers.Add(AnswerAsync(tile.Id, result));
            if (result != computed.Task)
                continue;
            waiting[tile.Id] = computed;
            await call.RequestStream.WriteAsync(requestStream.Current);
        }
        await call.RequestStream.CompleteAsync();
        await reading;
        await Task.WhenAll(answers);

        async Task ReadAsync()
        {
            while (await call.ResponseStream.MoveNext(context.CancellationToken))
                if (waiting.TryRemove(call.ResponseStream.Current.Tile.Id, out var computed))
                    computed.SetResult(call.ResponseStream.Current.Tile);
        }

        async Task AnswerAsync(ulong id, Task<Wire.TileResult> result)
        {
            var answer = new Wire.TileResult(await result) { Id = id };
            await writing.WaitAsync(context.CancellationToken);
            try
            {
                await responseStream.WriteAsync(new Wire.UpscaleResponse { Tile = answer });
            }
            finally
            {
                writing.Release();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _channel.Dispose();
    }

    private static string Key(Wire.UpscaleStart start, Wire.Tile tile) =>
        Convert.ToHexString(SHA256.HashData([.. start.ToByteArray(), .. new Wire.Tile(tile) { Id = 0 }.ToByteArray()]));
}
