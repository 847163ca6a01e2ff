using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>One job, from the start of its stream to its result.</summary>
internal sealed class UpscaleCall(
    Wire.Upscaler.UpscalerClient worker,
    KoalaClient client,
    WorkerStatus status,
    UpscaleJob job,
    IProgress<UpscaleProgress>? progress)
{
    // The header in which the worker looks for it.
    private const string RequestHeader = "koala-request-id";

    private readonly WorkerAddress _address = client.Address;
    private readonly string _requestId = Guid.NewGuid().ToString("N")[..12];

    public async Task<UpscaleResult> RunAsync(CancellationToken cancellationToken)
    {
        if (status.State == WorkerState.Failed)
            throw new KoalaException(
                KoalaErrorKind.WorkerStartFailed, $"The worker at {_address} has no usable models: {status.Problem}");

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var accepted = false;
        try
        {
            var (call, started) = await OpenAsync(null, stop.Token);
            accepted = true;
            await using var exchange = new TileExchange(
                call, async token => (await OpenAsync(started, token)).Call, new LostWorker(client), _address);
            var layout = job.LayoutOn(status, WorkerModel.Of(started.Model));
            using var tiles = new TileStream(exchange, layout, job, Math.Max(1, status.Limits.MaxTilesInFlight), progress);
            await tiles.RunAsync(stop);
            return new UpscaleResult(
                started.Model.Name, (int)started.Model.Scale, (Precision)started.Precision, status.Device, layout.Halo,
                layout.Count, tiles.Elapsed, tiles.ComputeSeconds, tiles.QueueSeconds / layout.Count)
            {
                ModelSha256 = started.Model.Sha256,
                MeanKernel = tiles.Findings.MeanKernel,
                Kernels = tiles.Findings.Kernels,
                Scores = tiles.Findings.Scores,
                TilesSentAgain = exchange.SentAgain,
            };
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (RpcException exception)
        {
            throw Named(WorkerErrors.FromCall(exception, _address, accepted));
        }
        catch (KoalaException exception) when (exception.RequestId.Length == 0)
        {
            throw Named(exception);
        }
    }

    private KoalaException Named(KoalaException exception) =>
        new(exception.Kind, exception.Message, exception.IsTransient, exception) { RequestId = _requestId };

    /// <summary>Starts a call; as a continuation of one that was lost, with the same model and precision.</summary>
    private async Task<(AsyncDuplexStreamingCall<Wire.UpscaleRequest, Wire.UpscaleResponse> Call, Wire.UpscaleStarted Started)> OpenAsync(
        Wire.UpscaleStarted? before, CancellationToken stop)
    {
        var call = worker.Upscale(new Metadata { { RequestHeader, _requestId } }, cancellationToken: stop);
        try
        {
            var started = await StartAsync(call, before, stop);
            if (before is not null && (started.Model.Sha256 != before.Model.Sha256 || started.Precision != before.Precision))
                throw new KoalaException(
                    KoalaErrorKind.TileFailed,
                    $"The worker at {_address} came back with other weights for {started.Model.Name}; try again from the beginning.",
                    isTransient: true);
            return (call, started);
        }
        catch (RpcException exception) when (before is not null && !stop.IsCancellationRequested)
        {
            call.Dispose();
            throw WorkerErrors.FromCall(exception, _address, accepted: false);
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    private async Task<Wire.UpscaleStarted> StartAsync(
        AsyncDuplexStreamingCall<Wire.UpscaleRequest, Wire.UpscaleResponse> call, Wire.UpscaleStarted? before, CancellationToken stop)
    {
        var start = new Wire.UpscaleStart
        {
            Scale = (uint)job.Scale,
            Model = before?.Model.Name ?? job.Model,
            PixelFormat = (Wire.PixelFormat)job.PixelFormat,
            Options = Options(before),
        };
        await TileExchange.TryAsync(() => call.RequestStream.WriteAsync(new Wire.UpscaleRequest { Start = start }, stop), stop);
        if (await call.ResponseStream.MoveNext(stop) && call.ResponseStream.Current.Started is { Model: not null } started
            && started.Model.Scale == job.Scale)
        {
            // One that does not know of the blur would do as if nothing had been asked for.
            return started.Model.EstimatesBlur || !job.NeedsBlur ? started : throw new KoalaException(
                KoalaErrorKind.ProtocolError,
                $"The worker at {_address} cannot be steered by the blur; install the worker and the client of one version.");
        }
        throw new KoalaException(
            KoalaErrorKind.ProtocolError,
            $"The worker at {_address} does not confirm scale {job.Scale}; install the worker and the client of one version.");
    }

    private Wire.Priority Priority()
    {
        if (job.Priority != JobPriority.Auto)
            return (Wire.Priority)job.Priority;
        // What the worker has no model for it will say itself.
        return status.Model(job.Scale, job.Model) is { } model && job.LayoutOn(status, model).Count > status.Limits.MaxTilesInFlight
            ? Wire.Priority.Batch
            : Wire.Priority.Interactive;
    }

    private Wire.UpscaleOptions Options(Wire.UpscaleStarted? before)
    {
        var options = new Wire.UpscaleOptions
        {
            Precision = before?.Precision ?? (Wire.Precision)job.Precision,
            Timing = true,
            Priority = Priority(),
            KeepBlur = (float)job.KeepBlur,
            Consistent = (uint)job.ConsistentSteps,
            BlurMap = job.WriteBlur is not null,
            MeanKernel = job.MeanKernel,
            Check = job.Check,
            BlurOnly = job.BlurOnly,
        };
        if (job.Kernel is { } kernel)
            options.Kernel = ByteString.CopyFrom(MemoryMarshal.AsBytes(kernel.Taps));
        else if (job.KernelScale != 1)
            options.KernelScale = (float)job.KernelScale;
        return options;
    }
}
