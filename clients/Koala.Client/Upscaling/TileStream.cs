using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>
/// The tiles of one image on their way: one loop cuts and sends them, one receives the answers in any order, one blends
/// and writes. Two bounds hold them back: the workers' limits of tiles in flight, and the tiles that are held here,
/// which only finished rows make room in, so that a slow writer or one late tile cannot pile up the others.
/// </summary>
internal sealed class TileStream(
    TileDeal deal,
    TileExchange exchange,
    TileLayout layout,
    UpscaleJob job,
    int maxTilesInFlight,
    int workers,
    IProgress<UpscaleProgress>? progress) : IDisposable
{
    // Beyond so many bytes of answers, for each worker, a second row of tiles is held only in part.
    private const long HeldBytes = 96 << 20;

    // Tiles that are sent and not yet written.
    private readonly SemaphoreSlim _held = new(MostHeld(layout, job, maxTilesInFlight * workers, HeldBytes * workers));
    private readonly Channel<(int Index, ReadOnlyMemory<byte>[] Parts)> _answers =
        Channel.CreateUnbounded<(int, ReadOnlyMemory<byte>[])>(new() { SingleReader = true, SingleWriter = true });
    private readonly TilePlane[] _planes = [.. Planes(layout, job)];
    private readonly long _started = Stopwatch.GetTimestamp();
    private ExceptionDispatchInfo? _failure;

    /// <summary>Seconds of the device's time that the tiles took.</summary>
    public double ComputeSeconds { get; private set; }

    /// <summary>Seconds that all tiles waited for the device.</summary>
    public double QueueSeconds { get; private set; }

    /// <summary>What the tiles told beside their pixels.</summary>
    public BlurFindings Findings { get; } = new(layout, job);

    /// <summary>Time since the worker accepted the job.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>Runs until every row is written or something fails; the first failure is thrown.</summary>
    /// <param name="stop">The source of the call's own token: cancelled here on failure, which ends the call.</param>
    public async Task RunAsync(CancellationTokenSource stop)
    {
        await Task.WhenAll(Guard(SendTilesAsync), Guard(ReceiveTilesAsync), Guard(WriteRowsAsync));
        _failure?.Throw();

        async Task Guard(Func<CancellationToken, Task> loop)
        {
            try
            {
                await loop(stop.Token);
            }
#pragma warning disable CA1031 // Whatever it is, the two other loops have to end before it is thrown.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
                await stop.CancelAsync();
            }
        }
    }

    public void Dispose() => _held.Dispose();

    /// <summary>What the answers add up to; the enlargement last, as it is the longest to write.</summary>
    private static IEnumerable<TilePlane> Planes(TileLayout layout, UpscaleJob job)
    {
        if (job.WriteBlur is { } writeBlur)
            yield return new TilePlane(layout, 1, PixelFormat.RgbF32, answer => answer.Blur?.Covariances, new BlurRows(layout.Region.Width, writeBlur).WriteAsync);
        if (job.WriteRebuilt is { } writeRebuilt)
            yield return new TilePlane(layout, 1, PixelFormat.RgbF32, answer => answer.Check?.Rebuilt, writeRebuilt);
        if (!job.BlurOnly)
            yield return new TilePlane(layout, job.Scale, job.PixelFormat, answer => answer.Pixels, job.WriteRows);
    }

    /// <summary>
    /// Two rows of tiles, one being computed while the other is written; more only where rows are so short that the worker
    /// would be left without work, fewer where they are so long that this would take much memory.
    /// </summary>
    private static int MostHeld(TileLayout layout, UpscaleJob job, int maxTilesInFlight, long heldBytes)
    {
        var rows = Math.Max(2, 1 + (maxTilesInFlight + layout.Columns - 1) / layout.Columns);
        var wanted = layout[0].Wanted.Scaled(job.Scale);
        var tiles = heldBytes / ((long)wanted.Width * wanted.Height * job.PixelFormat.BytesPerPixel());
        return (int)Math.Clamp(tiles, layout.Columns + Math.Min(layout.Columns, maxTilesInFlight), (long)rows * layout.Columns);
    }

    private async Task SendTilesAsync(CancellationToken stop)
    {
        var window = new RowWindow(layout, job.PixelFormat.BytesPerPixel(), job.ReadRows);
        var maskWindow = job.ReadKeepBlurMask is { } readMask ? new RowWindow(layout, 1, readMask) : null;
        for (var row = 0; row < layout.Rows; row++)
        {
            // Before anything is read for a row of tiles its first one has to have a place.
            await _held.WaitAsync(stop);
            await window.AdvanceAsync(row, stop);
            if (maskWindow is not null)
                await maskWindow.AdvanceAsync(row, stop);
            for (var column = 0; column < layout.Columns; column++)
            {
                if (column > 0)
                    await _held.WaitAsync(stop);
                var placement = layout[row * layout.Columns + column];
                var sent = deal.Take(layout, job);
                var tile = sent.Tile;
                window.Cut(placement.Area, sent.Pixels);
                maskWindow?.Cut(placement.Area, sent.KeepBlurMask);
                tile.Id = (ulong)placement.Index;
                tile.KernelsAt.Clear();
                tile.KernelsAt.AddRange(Findings.KernelsOf(placement).Select(place =>
                    new Wire.Point { X = (uint)(place.X - placement.Area.X), Y = (uint)(place.Y - placement.Area.Y) }));
                tile.Wanted = new Wire.Region
                {
                    X = (uint)(placement.Wanted.X - placement.Area.X),
                    Y = (uint)(placement.Wanted.Y - placement.Area.Y),
                    Width = (uint)placement.Wanted.Width,
                    Height = (uint)placement.Wanted.Height,
                };
                await deal.AddAsync(sent, stop);
            }
        }
    }

    private async Task ReceiveTilesAsync(CancellationToken stop)
    {
        var answered = new bool[layout.Count];
        for (var left = layout.Count; left > 0; left--)
        {
            var response = await exchange.ReceiveAsync(stop)
                ?? throw new KoalaException(
                    KoalaErrorKind.ProtocolError,
                    $"The worker ended the job with {left} of {layout.Count} tiles unanswered; try again.",
                    isTransient: true);
            var result = response.Tile ?? throw Broken($"an answer of kind {response.KindCase} instead of a tile");
            if (result.Id >= (ulong)layout.Count || answered[result.Id])
                throw Broken($"an answer to tile {result.Id}, which is not waited for");
            var index = (int)result.Id;
            answered[index] = true;
            if (result.OutcomeCase == Wire.TileResult.OutcomeOneofCase.Error)
                throw WorkerErrors.FromTile(result.Error, layout[index].Wanted);
            ReadOnlyMemory<byte>[] parts = [.. _planes.Select(plane => plane.PartOf(result))];
            foreach (var (plane, part) in _planes.Zip(parts))
            {
                if (part.Length != plane.TileBytes(index))
                    throw Broken($"{part.Length} instead of {plane.TileBytes(index)} bytes for tile {index}");
            }
            if (!Findings.TryAdd(layout[index], result))
                throw Broken($"an answer to tile {index} without all that was asked for");
            if (result.Timing is { } timing)
            {
                ComputeSeconds += timing.ComputeSeconds / Math.Max(1, timing.BatchSize);
                QueueSeconds += timing.QueueSeconds;
            }
            _answers.Writer.TryWrite((index, parts));
        }
        // Reading to the end lets the worker close the call; disposing of it earlier would cancel it.
        if (await exchange.ReceiveAsync(stop) is not null)
            throw Broken("more answers than tiles");
        _answers.Writer.Complete();

        static KoalaException Broken(string what) => new(
            KoalaErrorKind.ProtocolError, $"The worker sent {what}; install the worker and the client of one version.");
    }

    private async Task WriteRowsAsync(CancellationToken stop)
    {
        var (tilesDone, tileRowsDone) = (0, 0);
        await foreach (var (index, parts) in _answers.Reader.ReadAllAsync(stop))
        {
            foreach (var (plane, part) in _planes.Zip(parts))
                plane.Add(index, part);
            foreach (var plane in _planes)
                await plane.WriteAsync(Release, stop);
            tilesDone++;
            // Where nothing is written, a tile makes room as soon as it is there.
            if (_planes.Length == 0)
                _held.Release();
            progress?.Report(new UpscaleProgress(
                tilesDone, layout.Count, (double)layout.Region.Width * layout.Region.Height / 1e6, Elapsed));
        }

        void Release()
        {
            for (; tileRowsDone < _planes.Min(plane => plane.FinishedTileRows); tileRowsDone++)
                _held.Release(layout.Columns);
        }
    }
}
