using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>
/// The tiles of one image on their way: one loop cuts and sends them, one receives the answers in any order, one blends
/// and writes. Two bounds hold them back: the worker's limit of tiles in flight, and the tiles that are held here,
/// which only finished rows make room in, so that a slow writer or one late tile cannot pile up the others.
/// </summary>
internal sealed class TileStream(
    TileExchange exchange,
    TileLayout layout,
    UpscaleJob job,
    int maxTilesInFlight,
    IProgress<UpscaleProgress>? progress) : IDisposable
{
    private const int WriteBytes = 4 << 20;
    // Beyond so many bytes of answers a second row of tiles is held only in part.
    private const long HeldBytes = 96 << 20;

    private readonly SemaphoreSlim _inFlight = new(maxTilesInFlight);
    // Tiles that are sent and not yet written.
    private readonly SemaphoreSlim _held = new(MostHeld(layout, job, maxTilesInFlight));
    private readonly Channel<(int Index, ReadOnlyMemory<byte> Pixels)> _answers =
        Channel.CreateUnbounded<(int, ReadOnlyMemory<byte>)>(new() { SingleReader = true, SingleWriter = true });
    private readonly TileBlender _blender = new(layout, job.Scale, job.PixelFormat);
    private readonly long _started = Stopwatch.GetTimestamp();
    private ExceptionDispatchInfo? _failure;

    /// <summary>Seconds of the device's time that the tiles took.</summary>
    public double ComputeSeconds { get; private set; }

    /// <summary>Seconds that all tiles waited for the device.</summary>
    public double QueueSeconds { get; private set; }

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

    public void Dispose()
    {
        _inFlight.Dispose();
        _held.Dispose();
    }

    /// <summary>
    /// Two rows of tiles, one being computed while the other is written; more only where rows are so short that the worker
    /// would be left without work, fewer where they are so long that this would take much memory.
    /// </summary>
    private static int MostHeld(TileLayout layout, UpscaleJob job, int maxTilesInFlight)
    {
        var rows = Math.Max(2, 1 + (maxTilesInFlight + layout.Columns - 1) / layout.Columns);
        var wanted = layout[0].Wanted.Scaled(job.Scale);
        var tiles = HeldBytes / ((long)wanted.Width * wanted.Height * job.PixelFormat.BytesPerPixel());
        return (int)Math.Clamp(tiles, layout.Columns + Math.Min(layout.Columns, maxTilesInFlight), (long)rows * layout.Columns);
    }

    private async Task SendTilesAsync(CancellationToken stop)
    {
        var window = new RowWindow(layout, job.PixelFormat, job.ReadRows);
        for (var row = 0; row < layout.Rows; row++)
        {
            // Before anything is read for a row of tiles its first one has to have a place.
            await _held.WaitAsync(stop);
            await window.AdvanceAsync(row, stop);
            for (var column = 0; column < layout.Columns; column++)
            {
                if (column > 0)
                    await _held.WaitAsync(stop);
                await _inFlight.WaitAsync(stop);
                var placement = layout[row * layout.Columns + column];
                var sent = exchange.Take(layout, job.PixelFormat);
                var tile = sent.Tile;
                window.Cut(placement.Area, sent.Pixels);
                tile.Id = (ulong)placement.Index;
                tile.Wanted = new Wire.Region
                {
                    X = (uint)(placement.Wanted.X - placement.Area.X),
                    Y = (uint)(placement.Wanted.Y - placement.Area.Y),
                    Width = (uint)placement.Wanted.Width,
                    Height = (uint)placement.Wanted.Height,
                };
                await exchange.SendAsync(sent, stop);
            }
        }
        await exchange.CompleteAsync(stop);
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
            if (result.Pixels.Length != _blender.TileBytes(index))
                throw Broken($"{result.Pixels.Length} instead of {_blender.TileBytes(index)} bytes for tile {index}");
            if (result.Timing is { } timing)
            {
                ComputeSeconds += timing.ComputeSeconds / Math.Max(1, timing.BatchSize);
                QueueSeconds += timing.QueueSeconds;
            }
            _inFlight.Release();
            _answers.Writer.TryWrite((index, result.Pixels.Memory));
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
        var rowsHr = layout.Height * job.Scale;
        var buffer = new byte[(int)Math.Clamp(WriteBytes / _blender.RowBytes, 1, rowsHr) * _blender.RowBytes];
        var (y, tilesDone, tileRowsDone) = (0, 0, 0);
        await foreach (var (index, pixels) in _answers.Reader.ReadAllAsync(stop))
        {
            _blender.Add(index, pixels);
            while (_blender.TakeRows(buffer) is var count && count > 0)
            {
                await job.WriteRows(y, count, buffer.AsMemory(0, count * _blender.RowBytes), stop);
                y += count;
                for (; tileRowsDone < _blender.FinishedTileRows; tileRowsDone++)
                    _held.Release(layout.Columns);
            }
            tilesDone++;
            progress?.Report(new UpscaleProgress(
                tilesDone, layout.Count, (double)layout.Width * layout.Height / 1e6, Elapsed));
        }
    }
}
