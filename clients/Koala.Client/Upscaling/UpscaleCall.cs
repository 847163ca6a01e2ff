using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>One job, from the start of its stream to its result.</summary>
internal sealed class UpscaleCall(
    Wire.Upscaler.UpscalerClient worker,
    WorkerAddress address,
    WorkerStatus status,
    UpscaleJob job,
    IProgress<UpscaleProgress>? progress)
{
    public async Task<UpscaleResult> RunAsync(CancellationToken cancellationToken)
    {
        if (status.State == WorkerState.Failed)
            throw new KoalaException(
                KoalaErrorKind.WorkerStartFailed, $"The worker at {address} has no usable models: {status.Problem}");

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var accepted = false;
        try
        {
            using var call = worker.Upscale(cancellationToken: stop.Token);
            var started = await StartAsync(call, stop.Token);
            accepted = true;
            var layout = job.LayoutOn(status, WorkerModel.Of(started.Model));
            using var tiles = new TileStream(call, layout, job, Math.Max(1, status.Limits.MaxTilesInFlight), progress);
            await tiles.RunAsync(stop);
            return new UpscaleResult(
                started.Model.Name, (int)started.Model.Scale, (Precision)started.Precision, status.Device, layout.Halo,
                layout.Count, tiles.Elapsed, tiles.ComputeSeconds, tiles.QueueSeconds / layout.Count)
            {
                ModelSha256 = started.Model.Sha256,
                MeanKernel = tiles.Findings.MeanKernel,
                Kernels = tiles.Findings.Kernels,
                Scores = tiles.Findings.Scores,
            };
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (RpcException exception)
        {
            throw WorkerErrors.FromCall(exception, address, accepted);
        }
    }

    private async Task<Wire.UpscaleStarted> StartAsync(
        AsyncDuplexStreamingCall<Wire.UpscaleRequest, Wire.UpscaleResponse> call, CancellationToken stop)
    {
        var start = new Wire.UpscaleStart
        {
            Scale = (uint)job.Scale,
            Model = job.Model,
            PixelFormat = (Wire.PixelFormat)job.PixelFormat,
            Options = Options(),
        };
        await TileStream.TryAsync(() => call.RequestStream.WriteAsync(new Wire.UpscaleRequest { Start = start }, stop));
        if (await call.ResponseStream.MoveNext(stop) && call.ResponseStream.Current.Started is { Model: not null } started
            && started.Model.Scale == job.Scale)
        {
            // One that does not know of the blur would do as if nothing had been asked for.
            return started.Model.EstimatesBlur || !job.NeedsBlur ? started : throw new KoalaException(
                KoalaErrorKind.ProtocolError,
                $"The worker at {address} cannot be steered by the blur; install the worker and the client of one version.");
        }
        throw new KoalaException(
            KoalaErrorKind.ProtocolError,
            $"The worker at {address} does not confirm scale {job.Scale}; install the worker and the client of one version.");
    }

    private Wire.UpscaleOptions Options()
    {
        var options = new Wire.UpscaleOptions
        {
            Precision = (Wire.Precision)job.Precision,
            Timing = true,
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
