using Koala.Client;
using Koala.PaintDotNet.Layers;
using Koala.PaintDotNet.Workers;

namespace Koala.PaintDotNet.Restoring;

/// <summary>
/// The network's answers for one layer and one choice of settings: cells that are sent to the worker when a thread asks for a part of the
/// picture that lies in them. The first failure ends it.
/// </summary>
internal sealed class RestoreJob : IDisposable
{
    private const int RgbBytes = 3;
    // Enough for a worker to group tiles, and a bound to what the tiles of many threads hold.
    private const int MostInFlight = 16;

    private readonly LayerSource _layer;
    private readonly NetworkSettings _settings;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopped;
    private readonly SemaphoreSlim _inFlight = new(MostInFlight);
    private readonly Lazy<Task<Ready>> _ready;
    private Exception? _failure;

    public RestoreJob(LayerSource layer, NetworkSettings settings, RestoreOptions options)
    {
        (_layer, _settings, _stopped) = (layer, settings, _stop.Token);
        Cells = new CellCache(options.CacheBytes, options.Grace);
        _ready = new Lazy<Task<Ready>>(() => Task.Run(() => ConnectAsync(options.Debounce)));
    }

    /// <summary>What it was started for.</summary>
    public NetworkSettings Settings => _settings;

    /// <summary>Whether something went wrong: no later part will be answered either.</summary>
    public bool HasFailed => Volatile.Read(ref _failure) is not null;

    /// <summary>What it has and what it is at.</summary>
    public CellCache Cells { get; }

    /// <summary>Puts the network's colours over those of a part of the layer; alpha stays. Waits for the worker.</summary>
    /// <param name="bounds">The part, inside the layer.</param>
    /// <param name="bgra">The layer's own pixels there; unchanged unless this returns.</param>
    /// <param name="strength">Share of the network's colours, 0 to 1.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the job was given up.</exception>
    /// <exception cref="KoalaException">The worker could not do it; the same for every later part.</exception>
    public void Restore(PixelRegion bounds, Span<byte> bgra, double strength, CancellationToken cancellationToken)
    {
        List<Cell> cells = [];
        try
        {
            ThrowIfFailed();
            var (connection, grid) = Wait(_ready.Value, cancellationToken);
            foreach (var region in grid.CellsOf(bounds))
                cells.Add(Cells.Join(region, stop => ComputeAsync(connection, grid, region, stop)));
            foreach (var cell in cells)
                Wait(cell.Pixels, cancellationToken);
            foreach (var cell in cells)
                Blend(cell, bounds, bgra, strength);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            if (error is not (OperationCanceledException or ObjectDisposedException))
                Fail(error);
            ThrowIfFailed();
            throw new OperationCanceledException(error.Message, error);
        }
        finally
        {
            foreach (var cell in cells)
                Cells.Leave(cell);
        }
    }

    /// <summary>Gives up what is not finished and closes the connection. Threads that wait are told.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        Cells.Dispose();
        if (_ready.IsValueCreated)
            _ = CloseAsync();
    }

    private async Task CloseAsync()
    {
        try
        {
            await (await _ready.Value).Connection.DisposeAsync();
        }
        catch (Exception error) when (error is OperationCanceledException or KoalaException)
        {
            // There is no connection.
        }
    }

    private async Task<Ready> ConnectAsync(TimeSpan debounce)
    {
        await Task.Delay(debounce, _stopped);
        var connection = await Connection.OpenAsync(report: null, _stopped);
        return new Ready(connection, new CellGrid(_layer.Selection, connection.Status.Limits.PreferredTileSide, connection.Model(_settings.Scale)));
    }

    private async Task<byte[]> ComputeAsync(Connection connection, CellGrid grid, PixelRegion region, CancellationToken stop)
    {
        var area = region.Inflate(grid.Halo);
        // On the thread of the host's that asks, while the layer is there for sure.
        var rgba = _layer.ReadRgba(area);
        await _inFlight.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            var rowBytes = area.Width * Bgra.PixelBytes;
            var pixels = new byte[region.Width * region.Height * RgbBytes];
            await connection.Client.UpscaleLayerAsync(
                new LayerJob
                {
                    Width = area.Width,
                    Height = area.Height,
                    Format = new LayerFormat(Bgra.PixelBytes, SampleType.U8),
                    Scale = _settings.Scale,
                    SameSize = true,
                    KeepBlur = _settings.KeepBlur,
                    Precision = _settings.Precision,
                    Halo = 0,
                    ReadRows = (y, count, rows, _) =>
                    {
                        rgba.AsMemory(y * rowBytes, count * rowBytes).CopyTo(rows);
                        return ValueTask.CompletedTask;
                    },
                    WriteRows = (y, count, rows, _) =>
                    {
                        for (var i = 0; i < count; i++)
                            Keep(rows.Span.Slice(i * rowBytes, rowBytes), y + i - grid.Halo, region, grid.Halo, pixels);
                        return ValueTask.CompletedTask;
                    },
                },
                progress: null,
                stop).ConfigureAwait(false);
            return pixels;
        }
        finally
        {
            _inFlight.Release();
        }
    }

    // Of a row of the area the part that lies in the cell, without alpha.
    private static void Keep(ReadOnlySpan<byte> rgba, int y, PixelRegion region, int halo, byte[] pixels)
    {
        if (y < 0 || y >= region.Height)
            return;
        var target = y * region.Width * RgbBytes;
        for (var x = halo; x < halo + region.Width; x++, target += RgbBytes)
            rgba.Slice(x * Bgra.PixelBytes, RgbBytes).CopyTo(pixels.AsSpan(target));
    }

    private static void Blend(Cell cell, PixelRegion bounds, Span<byte> bgra, double strength)
    {
        var (shared, pixels, share) = (cell.Region.Intersect(bounds), cell.Pixels.Result, (float)strength);
        for (var y = shared.Y; y < shared.Bottom; y++)
        {
            var source = ((y - cell.Region.Y) * cell.Region.Width + shared.X - cell.Region.X) * RgbBytes;
            var target = ((y - bounds.Y) * bounds.Width + shared.X - bounds.X) * Bgra.PixelBytes;
            for (var x = 0; x < shared.Width; x++, source += RgbBytes, target += Bgra.PixelBytes)
            {
                // What cannot be seen stays what it is: the network was shown made-up colours there.
                if (bgra[target + 3] == 0)
                    continue;
                for (var c = 0; c < RgbBytes; c++)
                {
                    ref var value = ref bgra[target + c];
                    value = (byte)(value + share * (pixels[source + 2 - c] - value) + 0.5f);
                }
            }
        }
    }

    private static T Wait<T>(Task<T> task, CancellationToken cancellationToken) => task.WaitAsync(cancellationToken).GetAwaiter().GetResult();

    private void Fail(Exception error)
    {
        Interlocked.CompareExchange(ref _failure, error, null);
        Dispose();
    }

    private void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is { } failure)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    private sealed record Ready(Connection Connection, CellGrid Grid);
}
