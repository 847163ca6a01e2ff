using System.Diagnostics;
using Grpc.Core;
using Koala.Network;
using Koala.Worker.Batching;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;

namespace Koala.Worker.Observability;

/// <summary>
/// The worker's spans, of the source "Koala.Worker": <c>koala.stream</c>, in the trace of its client where that has one, and in
/// it <c>koala.queue</c> for every tile that waited and <c>koala.batch</c> for every batch that had tiles of it. A batch that
/// several streams share is in the trace of each.
/// </summary>
internal sealed class WorkerTraces : IDisposable
{
    public const string SourceName = "Koala.Worker";

    private readonly ActivitySource _source = new(SourceName, WorkerVersion.Text);

    /// <summary>Begins the span of a stream; null where nobody listens.</summary>
    /// <param name="request">What the client calls it.</param>
    /// <param name="headers">What the client sent, perhaps a <c>traceparent</c>.</param>
    public Activity? StartStream(string request, Metadata headers)
    {
        // ASP.NET Core's own activity of the request is there for its log alone: as a parent it would be one that nobody has.
        Activity.Current = null;
        ActivityContext.TryParse(headers.GetValue("traceparent"), headers.GetValue("tracestate"), isRemote: true, out var parent);
        return _source.StartActivity("koala.stream", ActivityKind.Server, parent)?.SetTag("koala.request", request);
    }

    /// <summary>What the present stream asks for is known.</summary>
    public static void Settled(ModelDescription model, Precision precision, LanePriority priority) => Activity.Current?
        .SetTag("koala.model", model.Name).SetTag("koala.scale", model.Scale)
        .SetTag("koala.precision", precision.ToString()).SetTag("koala.priority", priority.ToString());

    /// <summary>The present stream ends with so many tiles answered.</summary>
    public static void Answered(int tiles) => Activity.Current?.SetTag("koala.tiles", tiles);

    /// <summary>A stream ended otherwise than well.</summary>
    public static void Failed(Activity? stream, Status status) =>
        stream?.SetTag("rpc.grpc.status_code", (int)status.StatusCode).SetStatus(ActivityStatusCode.Error, status.Detail);

    /// <summary>A batch was computed just now.</summary>
    /// <param name="batch">Its tiles.</param>
    /// <param name="started">When it was begun, as a <see cref="Stopwatch"/> timestamp.</param>
    public void Computed(IReadOnlyList<TileJob> batch, long started)
    {
        if (!_source.HasListeners())
            return;
        var ended = DateTimeOffset.UtcNow;
        var began = ended - Stopwatch.GetElapsedTime(started);
        foreach (var job in batch.Where(job => job.Trace != default))
        {
            using var wait = Start("koala.queue", job.Trace, began - Stopwatch.GetElapsedTime(job.ArrivedAt, started), began);
            wait?.SetTag("koala.tile.pixels", job.Pixels);
        }
        var key = batch[0].Key;
        foreach (var ofStream in batch.Where(job => job.Trace != default).GroupBy(job => job.Trace))
        {
            using var compute = Start("koala.batch", ofStream.Key, began, ended);
            compute?.SetTag("koala.batch.tiles", batch.Count).SetTag("koala.batch.tiles_of_stream", ofStream.Count())
                .SetTag("koala.batch.pixels", batch.Sum(job => job.Pixels))
                .SetTag("koala.tile.width", key.Width).SetTag("koala.tile.height", key.Height);
        }
    }

    public void Dispose() => _source.Dispose();

    private Activity? Start(string name, ActivityContext stream, DateTimeOffset from, DateTimeOffset to) =>
        _source.StartActivity(name, ActivityKind.Internal, stream, startTime: from)?.SetEndTime(to.UtcDateTime);
}
