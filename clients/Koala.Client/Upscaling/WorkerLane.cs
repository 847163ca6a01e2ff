using System.Threading.Channels;
using Grpc.Core;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>A call that a worker has accepted.</summary>
/// <param name="Stream">Its messages.</param>
/// <param name="Started">What the worker confirms.</param>
/// <param name="MaxTilesInFlight">Tiles of a call that the worker holds.</param>
internal sealed record AcceptedCall(
    AsyncDuplexStreamingCall<Wire.UpscaleRequest, Wire.UpscaleResponse> Stream, Wire.UpscaleStarted Started, int MaxTilesInFlight);

/// <summary>One worker's part in a job: sends it the tiles that it is dealt and receives the answers, over one call.</summary>
/// <param name="client">The connection.</param>
/// <param name="worker">The worker.</param>
/// <param name="deal">Deals the tiles.</param>
/// <param name="answers">Takes the answers.</param>
internal sealed class WorkerLane(KoalaClient client, WorkerAddress worker, TileDeal deal, ChannelWriter<Wire.UpscaleResponse> answers)
{
    private static readonly TimeSpan HealthInterval = TimeSpan.FromSeconds(1);

    // Once all is answered a worker has so long to end its call.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    /// <summary>Brings the worker back.</summary>
    public LostWorker Lost { get; } = new(client, worker);

    /// <summary>The worker.</summary>
    public WorkerAddress Worker => worker;

    /// <summary>Why it is given up, for now or for good; null while it is at work.</summary>
    public KoalaException? Problem { get; set; }

    /// <summary>Goes on until the call ends.</summary>
    /// <returns>Why the worker is lost; null once all is answered.</returns>
    /// <exception cref="RpcException">The worker ended the call with an error that another call would not mend.</exception>
    public async Task<KoalaException?> RunAsync(AcceptedCall call, CancellationToken stop)
    {
        var share = deal.Open(call.MaxTilesInFlight);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var (sending, watching) = (SendAsync(call, share, ended.Token), WatchAsync(call, share, ended.Token));
        try
        {
            while (await call.Stream.ResponseStream.MoveNext(stop))
            {
                var response = call.Stream.ResponseStream.Current;
                // Its device failed, and it is about to leave: none of its other tiles comes back either.
                if (response.Tile?.Error is { Code: (int)StatusCode.Unavailable } error)
                    return WorkerErrors.Lost(worker, error.Message);
                Problem = null;
                Lost.Progressed();
                answers.TryWrite(response);
                if (response.Tile is { } tile)
                    deal.Settle(share, tile.Id);
            }
            // Whoever waits for the answers says what is missing.
            if (!share.IsComplete)
                answers.TryComplete();
            return deal.Done.IsCompleted ? null : WorkerErrors.Lost(worker, "the worker is stopping");
        }
        catch (RpcException exception) when (!stop.IsCancellationRequested)
        {
            // Everything is here, only the end of the call was missed.
            if (deal.Done.IsCompleted)
                return null;
            var loss = WorkerErrors.FromCall(exception, worker, accepted: true);
            if (loss is not { IsTransient: true, Kind: KoalaErrorKind.WorkerUnavailable })
                throw;
            return loss;
        }
        finally
        {
            // Whoever is still writing to it fails now.
            call.Stream.Dispose();
            await ended.CancelAsync();
            await sending;
            await watching;
            deal.Close(share);
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

    private static async Task SendAsync(AcceptedCall call, TileDeal.Share share, CancellationToken stop)
    {
        try
        {
            await foreach (var tile in share.ToSend.ReadAllAsync(stop))
                await TryAsync(() => call.Stream.RequestStream.WriteAsync(tile.Request, stop), stop);
            await TryAsync(() => call.Stream.RequestStream.CompleteAsync(), stop);
        }
        catch (OperationCanceledException)
        {
            // The call has ended.
        }
    }

    /// <summary>
    /// Ends a call that outlasts its job. Of several workers, lets one that is about to stop finish what it has, and leaves one that does
    /// not answer: gRPC's balancing for .NET has no health checks of its own, and the worker's status is one.
    /// </summary>
    private async Task WatchAsync(AcceptedCall call, TileDeal.Share share, CancellationToken stop)
    {
        var interval = client.Address.IsSeveral ? HealthInterval : Timeout.InfiniteTimeSpan;
        try
        {
            while (await Task.WhenAny(deal.Done, Task.Delay(interval, stop)) != deal.Done)
            {
                stop.ThrowIfCancellationRequested();
                if ((await client.GetStatusAsync(worker, stop)).State == WorkerState.Stopping)
                    deal.Retire(share);
            }
            await Task.Delay(LastWords, stop);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (KoalaException)
        {
            // It does not answer.
        }
        call.Stream.Dispose();
    }
}
