using Grpc.Core;
using Koala.Protocol.V1;
using Koala.Worker.Observability;

namespace Koala.Worker.Service;

/// <summary>Tiles answered since the worker started: counted, and where they failed logged with the request they are of.</summary>
internal sealed partial class TileCounts(WorkerMetrics metrics, ILogger<TileCounts> logger)
{
    private long _finished;
    private long _failed;

    public long Finished => Interlocked.Read(ref _finished);

    public long Failed => Interlocked.Read(ref _failed);

    public void Add(TileResult answer, string request)
    {
        Add((StatusCode)(answer.Error?.Code ?? 0), answer.Id, answer.Error?.Message, request);
    }

    public void Add(StatusCode status, ulong tile, string? problem, string request)
    {
        Interlocked.Increment(ref status == StatusCode.OK ? ref _finished : ref _failed);
        metrics.Answered(status);
        if (problem is not null)
            LogFailed(request, tile, status, problem);
    }

    [LoggerMessage(LogLevel.Warning, "Request {Request}: tile {Tile} failed, {Status}: {Problem}")]
    private partial void LogFailed(string request, ulong tile, StatusCode status, string problem);
}
