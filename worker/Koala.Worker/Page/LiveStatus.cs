using Koala.Worker.Batching;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Koala.Worker.Observability;
using Koala.Worker.Service;

namespace Koala.Worker.Page;

/// <summary>
/// What the status page shows, as its script reads it. Pixels are LR pixels, halo included; the device's memory is null where it has none of its
/// own; pictures that are tried out have sides of up to <see cref="TryOutSide"/> pixels, which is 0 while there are no models.
/// </summary>
internal sealed record LiveStatus(
    string Version, string Device, string State, string Problem, double UptimeSeconds, int WaitingTiles, long WaitingPixels, int OpenStreams,
    long FinishedTiles, long FailedTiles, long ComputedPixels, long MemoryBytes, long? DeviceMemoryBytes, int TryOutSide, IReadOnlyList<LiveModel> Models);

/// <summary>A model that new streams get.</summary>
internal sealed record LiveModel(string Name, int Scale, int Halo, string Sha256, string Description);

/// <summary>Looks at the worker.</summary>
internal sealed class LiveStatusSource(
    WorkerLifecycle lifecycle, BatchQueue queue, TileCounts counts, WorkerMetrics metrics, LoadedModels models, IInferenceEngine engine, WorkerOptions options,
    TryOut tryOut)
{
    public LiveStatus Now() => new(
        WorkerVersion.Text,
        lifecycle.Ready.IsCompletedSuccessfully ? lifecycle.Ready.Result.Device : options.Engine.Device,
        lifecycle.State.ToString(), lifecycle.Problem, lifecycle.Uptime.TotalSeconds,
        queue.Count, queue.Pixels, lifecycle.OpenStreams, counts.Finished, counts.Failed, metrics.Pixels,
        Environment.WorkingSet, engine.Use.MemoryBytes, tryOut.LargestSide,
        [.. models.Current.Select(model => new LiveModel(model.Name, model.Scale, model.HaloLr, model.Sha256, model.Description))]);
}
