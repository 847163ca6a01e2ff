using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Wire = Koala.Protocol.V1;

namespace Koala.Client.Tests.Fakes;

/// <summary>A worker that answers with <see cref="Enlargement"/>, every tile on its own and so in any order.</summary>
internal sealed class FakeWorker : Wire.Upscaler.UpscalerBase
{
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _held;
    private int _received;
    private long _receivedBytes;
    private int _calls;

    public uint MaxTilesInFlight { get; init; } = 5;

    public uint TileSide { get; init; } = 48;

    public ulong MaxMessageBytes { get; init; } = 1 << 20;

    public Wire.GetStatusResponse.Types.State State { get; set; } = Wire.GetStatusResponse.Types.State.Ready;

    public int ProcessId { get; init; } = Environment.ProcessId;

    /// <summary>Of the model's weights.</summary>
    public string Sha256 { get; set; } = "";

    /// <summary>Told of every question for the status.</summary>
    public Action StatusAsked { get; init; } = () => { };

    /// <summary>Awaited before a tile is answered.</summary>
    public Func<ulong, CancellationToken, Task> BeforeAnswer { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>Replaces the answer.</summary>
    public Func<Wire.TileResult, Wire.TileResult> Answer { get; init; } = result => result;

    public int Received => _received;

    /// <summary>Of the tiles' pixels.</summary>
    public long ReceivedBytes => _receivedBytes;

    /// <summary>Calls that were accepted.</summary>
    public int Calls => _calls;

    /// <summary>The options of the last job.</summary>
    public Wire.UpscaleOptions? Options { get; private set; }

    /// <summary>What the client called the last job.</summary>
    public string RequestId { get; private set; } = "";

    public int MostHeld { get; private set; }

    /// <summary>Completes when a client has cancelled a call.</summary>
    public Task Cancelled => _cancelled.Task;

    public override Task<Wire.GetStatusResponse> GetStatus(Wire.GetStatusRequest request, ServerCallContext context)
    {
        StatusAsked();
        return Task.FromResult(new Wire.GetStatusResponse
        {
            Version = "1.2.3",
            Device = "fake",
            State = State,
            Problem = State == Wire.GetStatusResponse.Types.State.Failed ? "weights are damaged" : "",
            Models = { Model(2), Model(4) },
            Limits = new Wire.Limits
            {
                MaxTileSide = 2 * TileSide,
                PreferredTileSide = TileSide,
                MaxTilesInFlight = MaxTilesInFlight,
                MaxMessageBytes = MaxMessageBytes,
            },
            ProcessId = ProcessId,
            DefaultPrecision = Wire.Precision.Fp32,
        });
    }

    public override async Task Upscale(
        IAsyncStreamReader<Wire.UpscaleRequest> requestStream,
        IServerStreamWriter<Wire.UpscaleResponse> responseStream,
        ServerCallContext context)
    {
        // Not left to an exception of the stream: that may come before the token knows.
        context.CancellationToken.Register(() => _cancelled.TrySetResult());
        Assert.True(await requestStream.MoveNext());
        var start = requestStream.Current.Start;
        Options = start.Options;
        RequestId = context.RequestHeaders.GetValue("koala-request-id") ?? "";
        if (start.Scale is not (2 or 4) || start.Model is not ("" or "fake"))
            throw new RpcException(new Status(StatusCode.NotFound, $"No model {start.Model} for scale {start.Scale}."));
        if (State == Wire.GetStatusResponse.Types.State.Stopping)
            throw new RpcException(new Status(StatusCode.Unavailable, "the worker is stopping"));
        Interlocked.Increment(ref _calls);
        await responseStream.WriteAsync(new() { Started = new() { Model = Model(start.Scale), Precision = Wire.Precision.Bf16 } });

        var writing = new SemaphoreSlim(1);
        var answers = new List<Task>();
        while (await requestStream.MoveNext())
            answers.Add(AnswerAsync(requestStream.Current.Tile));
        await Task.WhenAll(answers);

        async Task AnswerAsync(Wire.Tile tile)
        {
            Interlocked.Increment(ref _received);
            Interlocked.Add(ref _receivedBytes, tile.Pixels.Length);
            lock (_cancelled)
                MostHeld = Math.Max(MostHeld, ++_held);
            await Task.Delay(Random.Shared.Next(4), context.CancellationToken);
            await BeforeAnswer(tile.Id, context.CancellationToken);
            var wanted = new PixelRegion(
                (int)tile.Wanted.X, (int)tile.Wanted.Y, (int)tile.Wanted.Width, (int)tile.Wanted.Height);
            var pixels = Enlargement.Of(
                tile.Pixels.Span, (int)tile.Width, (int)tile.Height, (PixelFormat)start.PixelFormat, (int)start.Scale, wanted,
                reflect: false);
            var result = new Wire.TileResult
            {
                Id = tile.Id,
                Pixels = start.Options.BlurOnly ? ByteString.Empty : ByteString.CopyFrom(pixels),
                Blur = BlurOf(start, tile, wanted),
                Check = start.Options.Check ? new() { Rebuilt = LrFloats(start, tile, wanted), MeanSquaredError = 1e-4 } : null,
                Timing = start.Options.Timing ? new() { QueueSeconds = 2, ComputeSeconds = 3, BatchSize = 4 } : null,
            };
            lock (_cancelled)
                _held--;
            await writing.WaitAsync(context.CancellationToken);
            await responseStream.WriteAsync(new() { Tile = Answer(result) });
            writing.Release();
        }
    }

    /// <summary>The wanted LR pixels' covariances, and kernels that tell their own place by the width of theirs.</summary>
    private static Wire.TileBlur BlurOf(Wire.UpscaleStart start, Wire.Tile tile, PixelRegion wanted) => new()
    {
        Covariances = start.Options.BlurMap && tile.KeepBlurMask.Length > 0 ? ByteString.CopyFrom(
            Enlargement.ToFloats(Enlargement.Of(
                [.. tile.KeepBlurMask.SelectMany(value => new[] { value, value, value })], (int)tile.Width, (int)tile.Height, PixelFormat.RgbU8, 1, wanted, reflect: false)))
            : start.Options.BlurMap ? LrFloats(start, tile, wanted) : ByteString.Empty,
        MeanKernel = start.Options.MeanKernel ? Kernel(wanted.Width) : ByteString.Empty,
        Kernels = ByteString.CopyFrom([.. tile.KernelsAt.SelectMany(at => Kernel(tile.Pixels[(int)(3 * (at.Y * tile.Width + at.X))]))]),
    };

    /// <summary>A unit tap and a number in the corner.</summary>
    private static ByteString Kernel(float corner)
    {
        var taps = new float[BlurKernel.Side * BlurKernel.Side];
        (taps[0], taps[210]) = (corner, 1);
        return ByteString.CopyFrom(MemoryMarshal.AsBytes(taps.AsSpan()));
    }

    private static ByteString LrFloats(Wire.UpscaleStart start, Wire.Tile tile, PixelRegion wanted) => ByteString.CopyFrom(
        Enlargement.ToFloats(Enlargement.Of(
            tile.Pixels.Span, (int)tile.Width, (int)tile.Height, (PixelFormat)start.PixelFormat, 1, wanted, reflect: false)));

    private Wire.Model Model(uint scale) => new()
    {
        Name = "fake",
        Scale = scale,
        Halo = Enlargement.Halo,
        Alignment = Enlargement.Alignment,
        Sha256 = Sha256,
        EstimatesBlur = true,
    };
}
