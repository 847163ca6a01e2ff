using Grpc.Core;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>
/// Carries the tiles of one job to the worker and the answers back, over as many calls as that takes: where the worker is
/// lost another call is opened, and only what it has not answered is sent again. One loop sends, another one receives.
/// </summary>
/// <param name="call">The first call, started.</param>
/// <param name="reopen">Starts another call, on which a tile has the same result.</param>
/// <param name="worker">Brings back the worker.</param>
/// <param name="address">Where the worker is.</param>
internal sealed class TileExchange(
    AsyncDuplexStreamingCall<Wire.UpscaleRequest, Wire.UpscaleResponse> call,
    Func<CancellationToken, Task<AsyncDuplexStreamingCall<Wire.UpscaleRequest, Wire.UpscaleResponse>>> reopen,
    LostWorker worker,
    WorkerAddress address) : IAsyncDisposable
{
    private readonly SemaphoreSlim _writing = new(1);
    // By their ids, so that the first ones are the first again.
    private readonly SortedDictionary<ulong, SentTile> _unanswered = [];
    private readonly Stack<SentTile> _spare = [];
    private AsyncDuplexStreamingCall<Wire.UpscaleRequest, Wire.UpscaleResponse> _call = call;
    private Task _resending = Task.CompletedTask;
    private bool _complete;

    /// <summary>Tiles that were sent once more.</summary>
    public int SentAgain { get; private set; }

    /// <summary>A message for the next tile.</summary>
    public SentTile Take(TileLayout layout, UpscaleJob job)
    {
        lock (_unanswered)
            return _spare.TryPop(out var spare) ? spare : new SentTile(layout, job);
    }

    /// <summary>Sends a tile; on a call that has ended it is as good as sent, the next call takes it along.</summary>
    public async Task SendAsync(SentTile tile, CancellationToken stop)
    {
        await _writing.WaitAsync(stop);
        try
        {
            lock (_unanswered)
                _unanswered.Add(tile.Tile.Id, tile);
            await TryAsync(() => _call.RequestStream.WriteAsync(tile.Request, stop), stop);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Tells the worker that there are no more tiles.</summary>
    public async Task CompleteAsync(CancellationToken stop)
    {
        await _writing.WaitAsync(stop);
        try
        {
            _complete = true;
            await TryAsync(() => _call.RequestStream.CompleteAsync(), stop);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The next answer; null once the worker has ended the call.</summary>
    /// <exception cref="KoalaException">The worker was lost for good.</exception>
    /// <exception cref="RpcException">The worker ended the call with an error that another call would not mend.</exception>
    public async Task<Wire.UpscaleResponse?> ReceiveAsync(CancellationToken stop)
    {
        while (true)
        {
            KoalaException loss;
            try
            {
                if (!await _call.ResponseStream.MoveNext(stop))
                    return null;
                var response = _call.ResponseStream.Current;
                if (response.Tile?.Error is not { Code: (int)StatusCode.Unavailable } error)
                {
                    Settle(response.Tile);
                    return response;
                }
                // Its device failed, and it is about to leave: none of its other tiles comes back either.
                loss = WorkerErrors.Lost(address, error.Message);
            }
            catch (RpcException exception) when (!stop.IsCancellationRequested)
            {
                loss = WorkerErrors.FromCall(exception, address, accepted: true);
                if (loss is not { IsTransient: true, Kind: KoalaErrorKind.WorkerUnavailable })
                    throw;
                // Everything is here, only the end of the call was missed.
                if (IsSettled())
                    return null;
            }
            await GoOnAsync(loss, stop);
        }
    }

    /// <summary>
    /// Writes to a call. Where that fails the call has ended, in one of several ways; why, only the receiving side is told.
    /// </summary>
    public static async Task TryAsync(Func<Task> write, CancellationToken stop)
    {
        try
        {
            await write();
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException or IOException)
        {
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        _call.Dispose();
        await _resending;
        _writing.Dispose();
    }

    private void Settle(Wire.TileResult? result)
    {
        worker.Progressed();
        lock (_unanswered)
        {
            if (result is not null && _unanswered.Remove(result.Id, out var tile))
                _spare.Push(tile);
        }
    }

    private bool IsSettled()
    {
        lock (_unanswered)
            return _complete && _unanswered.Count == 0;
    }

    private async Task GoOnAsync(KoalaException loss, CancellationToken stop)
    {
        // Whoever is still writing to it fails now.
        _call.Dispose();
        await _resending;
        await _writing.WaitAsync(stop);
        var open = false;
        try
        {
            _call = await worker.ReopenAsync(loss, reopen, stop);
            open = true;
        }
        finally
        {
            if (!open)
                _writing.Release();
        }
        // Beside the receiving: a worker may want its first answers taken before it reads on.
        _resending = SendAgainAsync(stop);
    }

    /// <summary>Lets others write when it is done.</summary>
    private async Task SendAgainAsync(CancellationToken stop)
    {
        try
        {
            SentTile[] tiles;
            lock (_unanswered)
                tiles = [.. _unanswered.Values];
            SentAgain += tiles.Length;
            foreach (var tile in tiles)
                await TryAsync(() => _call.RequestStream.WriteAsync(tile.Request, stop), stop);
            if (_complete)
                await TryAsync(() => _call.RequestStream.CompleteAsync(), stop);
        }
        catch (OperationCanceledException)
        {
            // The job has ended.
        }
        finally
        {
            _writing.Release();
        }
    }
}
