using System.Diagnostics;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Koala.Network;
using Koala.Protocol.V1;
using Koala.Worker.Batching;
using Koala.Worker.Inference;
using Koala.Worker.Observability;
using NetworkPrecision = Koala.Network.Precision;

namespace Koala.Worker.Service;

/// <summary>What the start of a stream settles for all its tiles.</summary>
internal sealed record StreamSettings(
    string Model, NetworkPrecision Precision, InferenceOptions Options, TileRules Rules, bool Timing)
{
    /// <summary>What a tile of the stream can share a batch with.</summary>
    public BatchKey KeyOf(Tile tile) => new(Model, Precision, (int)tile.Width, (int)tile.Height)
    {
        Options = tile.KernelsAt.Count == 0 && tile.KeepBlurMask.Length == 0
            ? Options
            : Options with { Kernels = Options.Kernels || tile.KernelsAt.Count > 0, Masked = tile.KeepBlurMask.Length > 0 },
    };
}

/// <summary>
/// The tiles of one stream: reads them into its lane of the queue and writes the answers as they come. Holds no more
/// than a fixed number of tiles; the next is read once one has been answered.
/// </summary>
internal sealed class UpscaleStream(
    StreamSettings settings, BatchQueue.Lane lane, int maxInFlight, TileCounts counts, StreamWatch watch,
    IAsyncStreamReader<UpscaleRequest> requests, IServerStreamWriter<UpscaleResponse> responses) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(maxInFlight, maxInFlight);
    private readonly Channel<TileResult> _answers = Channel.CreateUnbounded<TileResult>(
        new UnboundedChannelOptions { SingleReader = true });

    /// <exception cref="ArgumentException">A message was no tile.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = ReadAsync(ended.Token);
        var answered = 0;
        try
        {
            await foreach (var answer in _answers.Reader.ReadAllAsync(ended.Token))
            {
                await responses.WriteAsync(new UpscaleResponse { Tile = answer }, ended.Token);
                watch.Moved();
                counts.Add(answer, watch.Request);
                answered++;
                _slots.Release();
            }
        }
        finally
        {
            WorkerTraces.Answered(answered);
            await ended.CancelAsync();
            await reading;
        }
    }

    public void Dispose() => _slots.Dispose();

    /// <summary>Never throws: what goes wrong ends the answers, and with them the stream.</summary>
    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        Exception? problem = null;
        try
        {
            await _slots.WaitAsync(cancellationToken);
            while (await requests.MoveNext(cancellationToken))
            {
                watch.Moved();
                await AcceptAsync(requests.Current, cancellationToken);
                await _slots.WaitAsync(cancellationToken);
            }
            // One slot is ours; with all the others back every tile has been answered.
            for (var others = 1; others < maxInFlight; others++)
                await _slots.WaitAsync(cancellationToken);
        }
        catch (Exception e)
        {
            problem = e;
        }
        _answers.Writer.TryComplete(problem);
    }

    private async Task AcceptAsync(UpscaleRequest request, CancellationToken cancellationToken)
    {
        var tile = request.Tile ?? throw new ArgumentException(
            $"expected a tile after the first message, got {request.KindCase}");
        TileJob job;
        try
        {
            var work = settings.Rules.Check(tile);
            job = new TileJob(settings.KeyOf(tile), work, outcome => _answers.Writer.TryWrite(ToResult(tile.Id, outcome)))
            {
                Trace = Activity.Current?.Context ?? default,
            };
        }
        catch (ArgumentException e)
        {
            _answers.Writer.TryWrite(Failed(tile.Id, StatusCode.InvalidArgument, e.Message));
            return;
        }
        await lane.AddAsync(watch.During(job), cancellationToken);
    }

    private TileResult ToResult(ulong id, TileOutcome outcome)
    {
        var result = outcome.Failure is { } failure
            ? Failed(id, failure.Status, failure.Message)
            : ToResult(id, outcome.Answer!);
        if (settings.Timing)
            result.Timing = new TileTiming
            {
                QueueSeconds = outcome.Cost.Queued.TotalSeconds,
                ComputeSeconds = outcome.Cost.Computed.TotalSeconds,
                BatchSize = (uint)outcome.Cost.BatchSize,
            };
        return result;
    }

    private static TileResult ToResult(ulong id, TileAnswer answer)
    {
        var result = new TileResult { Id = id, Pixels = Wrap(answer.Pixels) };
        if (answer.Covariances is not null || answer.MeanKernel is not null || answer.Kernels is not null)
            result.Blur = new TileBlur
            {
                Covariances = Wrap(answer.Covariances),
                MeanKernel = Wrap(answer.MeanKernel),
                Kernels = Wrap(answer.Kernels),
            };
        if (answer.Rebuilt is not null)
            result.Check = new TileCheck { Rebuilt = Wrap(answer.Rebuilt), MeanSquaredError = answer.MeanSquaredError };
        return result;
    }

    // Nobody else has the array: no need to copy it.
    private static ByteString Wrap(byte[]? bytes) => bytes is null ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(bytes);

    private static TileResult Failed(ulong id, StatusCode code, string message) =>
        new() { Id = id, Error = new TileError { Code = (int)code, Message = message } };
}
