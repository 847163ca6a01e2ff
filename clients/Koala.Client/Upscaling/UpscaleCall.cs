using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>One job, from the start of its stream to its result.</summary>
/// <param name="client">The connection.</param>
/// <param name="found">The status of a worker, of several one that is ready if any is.</param>
/// <param name="job">The job.</param>
/// <param name="progress">Told after every tile.</param>
internal sealed class UpscaleCall(KoalaClient client, WorkerStatus found, UpscaleJob job, IProgress<UpscaleProgress>? progress)
{
    private readonly string _requestId = Guid.NewGuid().ToString("N")[..12];

    public async Task<UpscaleResult> RunAsync(CancellationToken cancellationToken)
    {
        if (found.State == WorkerState.Failed)
            throw new KoalaException(
                KoalaErrorKind.WorkerStartFailed, $"The worker at {client.Address} has no usable models: {found.Problem}");

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var accepted = false;
        try
        {
            var (worker, status, call) = await BeginOrRestartAsync(stop.Token);
            accepted = true;
            var started = call.Started;
            var layout = LayoutOrEnd(call, status);
            using var deal = new TileDeal(layout.Count);
            await using var exchange = new TileExchange(client, deal, (at, now, token) => GoOnAsync(at, now, started, layout, token));
            using var tiles = new TileStream(
                deal, exchange, layout, job, call.MaxTilesInFlight, client.Workers.Count, progress);
            exchange.Start(worker, call, stop.Token);
            await tiles.RunAsync(stop);
            return new UpscaleResult(
                started.Model.Name, (int)started.Model.Scale, (Precision)started.Precision, status.Device, layout.Halo,
                layout.Count, tiles.Elapsed, tiles.ComputeSeconds, tiles.QueueSeconds / layout.Count)
            {
                ModelSha256 = started.Model.Sha256,
                MeanKernel = tiles.Findings.MeanKernel,
                Kernels = tiles.Findings.Kernels,
                Scores = tiles.Findings.Scores,
                TilesSentAgain = deal.DealtAgain,
            };
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (RpcException exception)
        {
            throw Named(WorkerErrors.FromCall(exception, client.Address, accepted));
        }
        catch (KoalaException exception) when (exception.RequestId.Length == 0)
        {
            throw Named(exception);
        }
    }

    private KoalaException Named(KoalaException exception) =>
        new(exception.Kind, exception.Message, exception.IsTransient, exception) { RequestId = _requestId };

    /// <summary>Starts the first call, with the worker's successor where it is lost just then.</summary>
    private async Task<(WorkerAddress Worker, WorkerStatus Status, AcceptedCall Call)> BeginOrRestartAsync(CancellationToken stop)
    {
        try
        {
            return await BeginAsync(found, stop);
        }
        catch (RpcException exception) when (client.Recovery.CanRestart(client.Address) && !stop.IsCancellationRequested)
        {
            var loss = WorkerErrors.FromCall(exception, client.Address, accepted: false);
            if (loss is not { IsTransient: true, Kind: KoalaErrorKind.WorkerUnavailable })
                throw;
            return await new LostWorker(client, client.Address).ReopenAsync(loss, BeginAsync, stop);
        }
    }

    /// <summary>Starts the first call: of several workers with one that is ready and takes the job.</summary>
    private async Task<(WorkerAddress Worker, WorkerStatus Status, AcceptedCall Call)> BeginAsync(WorkerStatus known, CancellationToken stop)
    {
        var workers = client.Workers.ToArray();
        // So that many clients do not all begin with the same one.
        Random.Shared.Shuffle(workers);
        for (var i = 0; ; i++)
        {
            var isLast = i == workers.Length - 1;
            try
            {
                var status = client.Address.IsSeveral ? await client.GetStatusAsync(workers[i], stop) : known;
                if (status.State == WorkerState.Ready || isLast)
                    return (workers[i], status, await OpenAsync(workers[i], status, null, stop));
            }
            catch (Exception exception) when (!isLast && !stop.IsCancellationRequested && exception is KoalaException or RpcException)
            {
                // Another one may.
            }
        }
    }

    /// <summary>Starts another call, on which tiles have the same results as on the first one.</summary>
    private async Task<AcceptedCall> GoOnAsync(
        WorkerAddress worker, WorkerStatus status, Wire.UpscaleStarted before, TileLayout layout, CancellationToken stop)
    {
        var (side, pixels) = (Math.Max(layout.TileWidth, layout.TileHeight), (long)layout.TileWidth * layout.TileHeight);
        var limits = status.Limits;
        if (side > limits.MaxTileSide || (limits.MaxTilePixels > 0 && pixels > limits.MaxTilePixels)
            || (limits.MaxMessageBytes > 0 && pixels * job.PixelFormat.BytesPerPixel() > limits.MaxMessageBytes))
            throw new KoalaException(
                KoalaErrorKind.InvalidInput,
                $"The worker at {worker} does not take this job's tiles of {layout.TileWidth}x{layout.TileHeight} pixels; choose a smaller tile side.");
        return await OpenAsync(worker, status, before, stop);
    }

    private async Task<AcceptedCall> OpenAsync(WorkerAddress worker, WorkerStatus status, Wire.UpscaleStarted? before, CancellationToken stop)
    {
        var call = client.BeginUpscale(worker, _requestId, stop);
        try
        {
            var started = await StartAsync(worker, status, call, before, stop);
            if (before is not null && (started.Model.Sha256 != before.Model.Sha256 || started.Precision != before.Precision))
                throw new KoalaException(
                    KoalaErrorKind.TileFailed,
                    client.Address.IsSeveral
                        ? $"The worker at {worker} has other weights for {started.Model.Name}; give all workers the same."
                        : $"The worker at {worker} came back with other weights for {started.Model.Name}; try again from the beginning.",
                    isTransient: true);
            return new AcceptedCall(call, started, Math.Max(1, status.Limits.MaxTilesInFlight));
        }
        catch (RpcException exception) when (before is not null && !stop.IsCancellationRequested)
        {
            call.Dispose();
            throw WorkerErrors.FromCall(exception, worker, accepted: false);
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    private TileLayout LayoutOrEnd(AcceptedCall call, WorkerStatus status)
    {
        try
        {
            return job.LayoutOn(status, WorkerModel.Of(call.Started.Model));
        }
        catch
        {
            call.Stream.Dispose();
            throw;
        }
    }

    private async Task<Wire.UpscaleStarted> StartAsync(
        WorkerAddress worker, WorkerStatus status, AsyncDuplexStreamingCall<Wire.UpscaleRequest, Wire.UpscaleResponse> call, Wire.UpscaleStarted? before,
        CancellationToken stop)
    {
        var start = new Wire.UpscaleStart
        {
            Scale = (uint)job.Scale,
            Model = before?.Model.Name ?? job.Model,
            PixelFormat = (Wire.PixelFormat)job.PixelFormat,
            Options = Options(before, status),
        };
        await WorkerLane.TryAsync(() => call.RequestStream.WriteAsync(new Wire.UpscaleRequest { Start = start }, stop), stop);
        if (await call.ResponseStream.MoveNext(stop) && call.ResponseStream.Current.Started is { Model: not null } started
            && started.Model.Scale == job.Scale)
        {
            // One that does not know of the blur would do as if nothing had been asked for.
            return started.Model.EstimatesBlur || !job.NeedsBlur ? started : throw new KoalaException(
                KoalaErrorKind.ProtocolError,
                $"The worker at {worker} cannot be steered by the blur; install the worker and the client of one version.");
        }
        throw new KoalaException(
            KoalaErrorKind.ProtocolError,
            $"The worker at {worker} does not confirm scale {job.Scale}; install the worker and the client of one version.");
    }

    private Wire.Priority Priority(WorkerStatus status)
    {
        if (job.Priority != JobPriority.Auto)
            return (Wire.Priority)job.Priority;
        // What the worker has no model for it will say itself.
        return status.Model(job.Scale, job.Model) is { } model && job.LayoutOn(status, model).Count > status.Limits.MaxTilesInFlight
            ? Wire.Priority.Batch
            : Wire.Priority.Interactive;
    }

    private Wire.UpscaleOptions Options(Wire.UpscaleStarted? before, WorkerStatus status)
    {
        var options = new Wire.UpscaleOptions
        {
            Precision = before?.Precision ?? (Wire.Precision)job.Precision,
            Timing = true,
            Priority = Priority(status),
            KeepBlur = (float)job.KeepBlur,
            Consistent = (uint)job.ConsistentSteps,
            BlurMap = job.WriteBlur is not null,
            MeanKernel = job.MeanKernel,
            Check = job.Check,
            BlurOnly = job.BlurOnly,
            SmoothLevels = (float)job.SmoothLevels,
        };
        if (job.Kernel is { } kernel)
            options.Kernel = ByteString.CopyFrom(MemoryMarshal.AsBytes(kernel.Taps));
        else if (job.KernelScale != 1)
            options.KernelScale = (float)job.KernelScale;
        return options;
    }
}
