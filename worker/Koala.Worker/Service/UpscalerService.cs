using Grpc.Core;
using Koala.Protocol.V1;
using Koala.Worker.Batching;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Koala.Worker.Observability;
using NetworkPrecision = Koala.Network.Precision;

namespace Koala.Worker.Service;

/// <summary>The contract's service. Its exceptions become statuses in <see cref="ErrorMapping"/>.</summary>
internal sealed class UpscalerService(
    WorkerLifecycle lifecycle, BatchQueue queue, TileCounts counts, WorkerOptions options, StreamGate gate, MemoryLimit memory,
    LoadedModels models, TimeProvider time) : Upscaler.UpscalerBase
{
    // Before the device is known; in LR pixels.
    private const int UsualTileSide = 384;

    public override async Task Upscale(
        IAsyncStreamReader<UpscaleRequest> requestStream, IServerStreamWriter<UpscaleResponse> responseStream,
        ServerCallContext context)
    {
        using var open = lifecycle.OpenStream();
        using var entered = gate.Enter(ClientOf(context));
        using var watch = new StreamWatch(RequestId.Of(context), options.Limits, time);
        try
        {
            await UpscaleAsync(requestStream, responseStream, watch, context.CancellationToken);
        }
        catch (OperationCanceledException) when (watch.Problem is { } problem)
        {
            throw problem;
        }
    }

    private async Task UpscaleAsync(
        IAsyncStreamReader<UpscaleRequest> requestStream, IServerStreamWriter<UpscaleResponse> responseStream, StreamWatch watch,
        CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifecycle.Aborted, watch.Expired);
        var start = await ReadStartAsync(requestStream, ended.Token);
        var steering = SteeringRules.Check(start.Options ?? new UpscaleOptions());
        var rules = new TileRules(start.PixelFormat, options.Limits.MaxTileSide, steering) { Memory = memory };

        watch.BeginWork();
        var profile = await lifecycle.Ready.WaitAsync(ended.Token);
        watch.EndWork();
        using var use = models.Open((int)start.Scale, start.Model);
        var model = use.Model;
        SteeringRules.Check(steering, model);
        var precision = start.Options?.Precision switch
        {
            Precision.Fp32 => NetworkPrecision.Fp32,
            Precision.Bf16 => NetworkPrecision.Bf16,
            _ => profile.DefaultPrecision,
        };
        var priority = start.Options?.Priority == Priority.Batch ? LanePriority.Batch : LanePriority.Interactive;
        WorkerTraces.Settled(model, precision, priority);
        var started = new UpscaleStarted { Model = ToMessage(model), Precision = ToMessage(precision) };
        await responseStream.WriteAsync(new UpscaleResponse { Started = started }, ended.Token);

        var settings = new StreamSettings(model.Id, precision, steering, rules, start.Options?.Timing ?? false);
        // Left early, the lane takes the stream's waiting tiles with it: nobody computes what nobody wants.
        using var lane = queue.OpenLane(priority);
        using var stream = new UpscaleStream(
            settings, lane, options.Limits.MaxTilesInFlight, counts, watch, requestStream, responseStream);
        await stream.RunAsync(ended.Token);
    }

    public override Task<GetStatusResponse> GetStatus(GetStatusRequest request, ServerCallContext context)
    {
        var profile = lifecycle.Ready.IsCompletedSuccessfully ? lifecycle.Ready.Result : null;
        var status = new GetStatusResponse
        {
            Version = WorkerVersion.Text,
            Device = profile?.Device ?? options.Engine.Device,
            State = lifecycle.State,
            Problem = lifecycle.Problem,
            Limits = options.Limits.ToMessage(profile?.PreferredTileSide ?? UsualTileSide, memory.Pixels),
            Queue = new Queue
            {
                WaitingTiles = (uint)queue.Count,
                WaitingPixels = (ulong)queue.Pixels,
                OpenStreams = (uint)lifecycle.OpenStreams,
                FinishedTiles = (ulong)counts.Finished,
                FailedTiles = (ulong)counts.Failed,
            },
            ProcessId = Environment.ProcessId,
            UptimeSeconds = lifecycle.Uptime.TotalSeconds,
            IdleTimeoutSeconds = options.IdleTimeout.TotalSeconds,
        };
        if (profile is not null)
        {
            status.Models.AddRange(models.Current.Select(ToMessage));
            status.DefaultPrecision = ToMessage(profile.DefaultPrecision);
        }
        return Task.FromResult(status);
    }

    private static async Task<UpscaleStart> ReadStartAsync(
        IAsyncStreamReader<UpscaleRequest> requests, CancellationToken cancellationToken)
    {
        if (!await requests.MoveNext(cancellationToken))
            throw new ArgumentException("expected an UpscaleStart, got the end of the stream");
        var start = requests.Current.Start ?? throw new ArgumentException(
            $"expected an UpscaleStart as the first message, got {requests.Current.KindCase}");
        if (start.Scale is not (2 or 4))
            throw new ArgumentException($"scale: expected 2 or 4, got {start.Scale}");
        if (start.Options is { } asked && !Enum.IsDefined(asked.Precision))
            throw new ArgumentException(
                $"options.precision: expected PRECISION_UNSPECIFIED, _FP32 or _BF16, got {(int)asked.Precision}");
        if (start.Options is { } options && !Enum.IsDefined(options.Priority))
            throw new ArgumentException(
                $"options.priority: expected PRIORITY_UNSPECIFIED, _INTERACTIVE or _BATCH, got {(int)options.Priority}");
        return start;
    }

    /// <summary>An address on the network; everybody at the worker's own socket or pipe is the same user.</summary>
    private static string ClientOf(ServerCallContext context) =>
        context.GetHttpContext().Connection.RemoteIpAddress?.ToString() ?? "local";

    private static Model ToMessage(ModelDescription model) => new()
    {
        Name = model.Name,
        Scale = (uint)model.Scale,
        Halo = (uint)model.HaloLr,
        Alignment = (uint)model.Alignment,
        Description = model.Description,
        Sha256 = model.Sha256,
        EstimatesBlur = model.EstimatesKernels,
    };

    private static Precision ToMessage(NetworkPrecision precision) =>
        precision == NetworkPrecision.Bf16 ? Precision.Bf16 : Precision.Fp32;
}
