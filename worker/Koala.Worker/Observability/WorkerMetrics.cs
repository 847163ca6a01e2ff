using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;
using Koala.Worker.Batching;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;

namespace Koala.Worker.Observability;

/// <summary>
/// The worker's instruments, of the meter "Koala.Worker". Made with the worker; who listens to them, such as the metrics
/// endpoint, decides whether anything is kept.
/// </summary>
internal sealed class WorkerMetrics : IDisposable
{
    public const string MeterName = "Koala.Worker";

    private readonly Meter _meter = new(MeterName, WorkerVersion.Text);
    private readonly Counter<long> _tiles;
    private readonly Counter<long> _streams;
    private readonly Counter<long> _pixels;
    private readonly Histogram<double> _queueTime;
    private readonly Histogram<double> _computeTime;
    private readonly Histogram<long> _batchSize;
    private long _allPixels;

    public WorkerMetrics(WorkerLifecycle lifecycle, BatchQueue queue, LoadedModels models, IInferenceEngine engine)
    {
        _tiles = _meter.CreateCounter<long>("koala.tiles", "{tile}", "Tiles answered, by the status they were answered with");
        _streams = _meter.CreateCounter<long>("koala.streams", "{stream}", "Streams that have ended, by their status");
        _pixels = _meter.CreateCounter<long>("koala.pixels", "{pixel}", "LR pixels computed, halo included");
        _queueTime = _meter.CreateHistogram<double>("koala.tile.queue_time", "s", "Time from a tile's arrival to the start of its batch");
        _computeTime = _meter.CreateHistogram<double>("koala.batch.compute_time", "s", "Time of a batch on the device, conversions included");
        _batchSize = _meter.CreateHistogram<long>("koala.batch.tiles", "{tile}", "Tiles of a batch");
        _meter.CreateObservableGauge("koala.tensors", () => TorchSharp.torch.Tensor.TotalCount, "{tensor}", "Tensors that are held, those of the weights among them");
        _meter.CreateObservableGauge("koala.queue.tiles", () => queue.Count, "{tile}", "Tiles that wait for the device");
        _meter.CreateObservableGauge("koala.queue.pixels", () => queue.Pixels, "{pixel}", "LR pixels of the tiles that wait for the device");
        _meter.CreateObservableGauge("koala.streams.open", () => lifecycle.OpenStreams, "{stream}", "Streams that are open");
        _meter.CreateObservableGauge("koala.ready", () => lifecycle.State == Protocol.V1.GetStatusResponse.Types.State.Ready ? 1 : 0, null, "1 while work is taken");
        _meter.CreateObservableGauge("koala.process.memory", () => Environment.WorkingSet, "By", "Memory of the process in RAM");
        _meter.CreateObservableCounter(
            "koala.device.transfer_time", () => engine.Use.Transferred.TotalSeconds, "s", "Time in which pixels became tensors and results became bytes, part of the batches' time");
        _meter.CreateObservableGauge(
            "koala.device.memory", () => engine.Use.MemoryBytes is { } bytes ? [new Measurement<long>(bytes)] : Array.Empty<Measurement<long>>(), "By",
            "Memory of a GPU that is taken, by all programs; absent on a processor");
        _meter.CreateObservableGauge(
            "koala.model",
            () => models.Current.Select(model => new Measurement<int>(
                1, new("name", model.Name), new("scale", model.Scale), new("sha256", model.Sha256))),
            null, "1 for each model that new streams get");
    }

    /// <summary>LR pixels computed since the start, halo included.</summary>
    public long Pixels => Interlocked.Read(ref _allPixels);

    /// <summary>A tile was answered.</summary>
    public void Answered(StatusCode status) => _tiles.Add(1, new KeyValuePair<string, object?>("status", status.ToString()));

    /// <summary>A stream has ended.</summary>
    public void Ended(StatusCode status) => _streams.Add(1, new KeyValuePair<string, object?>("status", status.ToString()));

    /// <summary>A batch was computed.</summary>
    /// <param name="batch">Its tiles.</param>
    /// <param name="started">When it was begun, as a <see cref="Stopwatch"/> timestamp.</param>
    public void Computed(IReadOnlyList<TileJob> batch, long started)
    {
        _computeTime.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        _batchSize.Record(batch.Count);
        foreach (var job in batch)
            _queueTime.Record(Stopwatch.GetElapsedTime(job.ArrivedAt, started).TotalSeconds);
        var pixels = batch.Sum(job => job.Pixels);
        _pixels.Add(pixels);
        Interlocked.Add(ref _allPixels, pixels);
    }

    public void Dispose() => _meter.Dispose();
}
