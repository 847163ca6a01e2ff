using Google.Protobuf;
using Grpc.Core;
using Koala.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wire = Koala.Protocol.V1;

namespace Koala.Benchmarks;

/// <summary>
/// A worker that repeats pixels instead of running a network, over real gRPC: as fast as any device will ever be, so that
/// clients show what they hold and where they are slow.
/// </summary>
internal sealed class MockWorker : Wire.Upscaler.UpscalerBase, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("koala-mock-").FullName;
    private readonly WebApplication _application;
    private readonly SemaphoreSlim _device = new(1);
    private readonly TimeSpan _tileTime;
    private int _tiles;

    private MockWorker(TimeSpan tileTime, int? port)
    {
        _tileTime = tileTime;
        Address = WorkerAddress.Parse(port is null ? $"unix:{_folder}/worker.sock" : $"http://127.0.0.1:{port}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(this);
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (port is { } number)
                kestrel.ListenLocalhost(number, options => options.Protocols = HttpProtocols.Http2);
            else
                kestrel.ListenUnixSocket(Address.Target, options => options.Protocols = HttpProtocols.Http2);
        });
        _application = builder.Build();
        _application.MapGrpcService<MockWorker>();
    }

    /// <summary>Where it listens.</summary>
    public WorkerAddress Address { get; }

    /// <summary>Tiles that it was sent.</summary>
    public int Tiles => _tiles;

    /// <param name="tileTime">Time for which it waits at a tile, as a device would compute it, one at a time. Default: none.</param>
    /// <param name="port">Port of this machine. Default (null): a socket.</param>
    public static async Task<MockWorker> StartAsync(TimeSpan tileTime = default, int? port = null)
    {
        var worker = new MockWorker(tileTime, port);
        await worker._application.StartAsync();
        return worker;
    }

    public override Task<Wire.GetStatusResponse> GetStatus(Wire.GetStatusRequest request, ServerCallContext context) => Task.FromResult(new Wire.GetStatusResponse
    {
        Version = "0.1.0",
        Device = "mock",
        State = Wire.GetStatusResponse.Types.State.Ready,
        Models = { Model(2), Model(4) },
        // As koala-worker has them.
        Limits = new Wire.Limits { MaxTileSide = 512, PreferredTileSide = 256, MaxTilesInFlight = 8, MaxMessageBytes = 64 << 20 },
        ProcessId = Environment.ProcessId,
        DefaultPrecision = Wire.Precision.Fp32,
    });

    public override async Task Upscale(
        IAsyncStreamReader<Wire.UpscaleRequest> requestStream, IServerStreamWriter<Wire.UpscaleResponse> responseStream, ServerCallContext context)
    {
        await requestStream.MoveNext();
        var start = requestStream.Current.Start;
        await responseStream.WriteAsync(new() { Started = new() { Model = Model(start.Scale), Precision = Wire.Precision.Fp32 } });
        while (await requestStream.MoveNext())
        {
            var tile = requestStream.Current.Tile;
            Interlocked.Increment(ref _tiles);
            if (_tileTime > TimeSpan.Zero)
            {
                await _device.WaitAsync(context.CancellationToken);
                await Task.Delay(_tileTime, context.CancellationToken);
                _device.Release();
            }
            await responseStream.WriteAsync(new()
            {
                Tile = new()
                {
                    Id = tile.Id,
                    Pixels = UnsafeByteOperations.UnsafeWrap(Repeat(tile, (int)start.Scale, ((PixelFormat)start.PixelFormat).BytesPerPixel())),
                },
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static byte[] Repeat(Wire.Tile tile, int scale, int pixel)
    {
        var (width, height) = ((int)tile.Wanted.Width, (int)tile.Wanted.Height);
        var rowBytes = width * scale * pixel;
        var result = GC.AllocateUninitializedArray<byte>(rowBytes * height * scale);
        for (var y = 0; y < height; y++)
        {
            var from = tile.Pixels.Span.Slice(((int)(tile.Wanted.Y + y) * (int)tile.Width + (int)tile.Wanted.X) * pixel, width * pixel);
            var row = result.AsSpan(y * scale * rowBytes, rowBytes);
            for (var x = 0; x < width * scale; x++)
                from.Slice(x / scale * pixel, pixel).CopyTo(row[(x * pixel)..]);
            for (var copy = 1; copy < scale; copy++)
                row.CopyTo(result.AsSpan((y * scale + copy) * rowBytes));
        }
        return result;
    }

    private static Wire.Model Model(uint scale) => new() { Name = "mock", Scale = scale, Halo = 32, Alignment = 4, Description = "repeats pixels" };
}
