using Koala.Client;

namespace Koala.PaintDotNet.Restoring;

/// <summary>
/// Cells that are restored or being restored, each computed once however many threads ask for it. Beyond the limit the one that was not
/// used for longest is given up; a cell that nobody waits for is not computed.
/// </summary>
/// <param name="limit">Bytes of finished cells that are kept.</param>
/// <param name="grace">Time that a cell goes on when the last one who waited has left.</param>
internal sealed class CellCache(long limit, TimeSpan grace) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PixelRegion, Cell> _cells = [];
    // The one that was not used for longest is the first.
    private readonly LinkedList<Cell> _finished = [];
    private bool _disposed;

    /// <summary>Bytes of finished cells.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Cells that are being computed.</summary>
    public int Pending
    {
        get
        {
            lock (_gate)
                return _cells.Count - _finished.Count;
        }
    }

    /// <summary>Asks for a cell; whoever does leaves it again.</summary>
    /// <param name="region">Which one.</param>
    /// <param name="compute">Makes it, where it is not there. Its first part runs on the caller's thread.</param>
    public Cell Join(PixelRegion region, Func<CancellationToken, Task<byte[]>> compute)
    {
        Cell? cell;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_cells.TryGetValue(region, out cell))
                _cells[region] = cell = new Cell(region, compute);
            cell.Waiting++;
            if (cell.Place is { } place)
            {
                _finished.Remove(place);
                _finished.AddLast(place);
            }
        }
        if (cell.Start())
            cell.Pixels.ContinueWith(_ => Finish(cell), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return cell;
    }

    /// <summary>Says that a cell is not waited for, or not used, any more.</summary>
    public void Leave(Cell cell)
    {
        lock (_gate)
        {
            cell.Waiting--;
            Trim();
            if (cell.Waiting > 0 || cell.Pixels.IsCompleted)
                return;
        }
        _ = AbandonAsync(cell);
    }

    public void Dispose()
    {
        Cell[] cells;
        lock (_gate)
        {
            _disposed = true;
            cells = [.. _cells.Values];
            _cells.Clear();
            _finished.Clear();
            HeldBytes = 0;
        }
        foreach (var cell in cells)
            cell.Dispose();
    }

    private async Task AbandonAsync(Cell cell)
    {
        await Task.Delay(grace);
        lock (_gate)
        {
            if (cell.Waiting > 0 || cell.Pixels.IsCompleted)
                return;
            Forget(cell);
        }
        cell.Dispose();
    }

    private void Finish(Cell cell)
    {
        lock (_gate)
        {
            if (!cell.Pixels.IsCompletedSuccessfully)
                Forget(cell);
            else if (_cells.TryGetValue(cell.Region, out var kept) && kept == cell)
            {
                cell.Place = _finished.AddLast(cell);
                HeldBytes += cell.Pixels.Result.Length;
                Trim();
            }
        }
    }

    private void Trim()
    {
        for (var place = _finished.First; place is not null && HeldBytes > limit;)
        {
            var (cell, next) = (place.Value, place.Next);
            if (cell.Waiting == 0)
            {
                _finished.Remove(place);
                HeldBytes -= cell.Pixels.Result.Length;
                Forget(cell);
            }
            place = next;
        }
    }

    // Another one may have taken its place.
    private void Forget(Cell cell)
    {
        if (_cells.TryGetValue(cell.Region, out var kept) && kept == cell)
            _cells.Remove(cell.Region);
    }
}

/// <summary>A part of the layer, and the network's answer to it.</summary>
internal sealed class Cell(PixelRegion region, Func<CancellationToken, Task<byte[]>> compute) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<byte[]> _pixels = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;

    /// <summary>Where it lies.</summary>
    public PixelRegion Region => region;

    /// <summary>Red, green and blue, rows without padding.</summary>
    public Task<byte[]> Pixels => _pixels.Task;

    /// <summary>Threads that wait for it or use it. Guarded by the cache.</summary>
    public int Waiting { get; set; }

    /// <summary>Its place among the finished ones. Guarded by the cache.</summary>
    public LinkedListNode<Cell>? Place { get; set; }

    /// <summary>Begins, for the first who calls; tells whether that was it.</summary>
    public bool Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            return false;
        _ = RunAsync(_stop.Token);
        return true;
    }

    /// <summary>Ends the computation.</summary>
    public void Dispose()
    {
        // The source itself is left to the garbage collector: another thread may end the cell too, or begin it just now.
        _stop.Cancel();
        _pixels.TrySetCanceled(_stop.Token);
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            _pixels.TrySetResult(await compute(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException error)
        {
            _pixels.TrySetCanceled(error.CancellationToken);
        }
#pragma warning disable CA1031 // It belongs to those who wait.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _pixels.TrySetException(error);
            // Nobody may be left who looks at it.
            _ = _pixels.Task.Exception;
        }
    }
}
