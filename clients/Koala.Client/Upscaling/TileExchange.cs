using System.Threading.Channels;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>
/// Carries the tiles of one job to the workers and the answers back, over as many calls as that takes: where a worker is lost another
/// call is opened, and only what it has not answered is sent again, to whoever has a place free. There is a call to each worker.
/// </summary>
/// <param name="client">The connection.</param>
/// <param name="deal">Deals the tiles.</param>
/// <param name="open">Starts another call to a worker, on which a tile has the same result.</param>
internal sealed class TileExchange(
    KoalaClient client, TileDeal deal, Func<WorkerAddress, WorkerStatus, CancellationToken, Task<AcceptedCall>> open) : IAsyncDisposable
{
    // New machines of a name take part after so long.
    private static readonly TimeSpan EnlistInterval = TimeSpan.FromSeconds(1);

    private readonly Channel<Wire.UpscaleResponse> _answers = Channel.CreateUnbounded<Wire.UpscaleResponse>(new() { SingleReader = true });
    private readonly Lock _gate = new();
    private readonly List<WorkerLane> _lanes = [];
    private CancellationTokenSource _ended = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Takes over a first call, and opens others to the other workers.</summary>
    public void Start(WorkerAddress worker, AcceptedCall call, CancellationToken stop)
    {
        _ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _running = RunAsync(worker, call);
    }

    /// <summary>The next answer; null once all calls have ended.</summary>
    /// <exception cref="KoalaException">The workers were lost for good.</exception>
    /// <exception cref="Grpc.Core.RpcException">A worker ended its call with an error that another call would not mend.</exception>
    public async Task<Wire.UpscaleResponse?> ReceiveAsync(CancellationToken stop)
    {
        while (await _answers.Reader.WaitToReadAsync(stop))
        {
            if (_answers.Reader.TryRead(out var answer))
                return answer;
        }
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _running;
        _ended.Dispose();
    }

    private async Task RunAsync(WorkerAddress worker, AcceptedCall call)
    {
        // What waits for a lost worker when the last tile is answered need not wait on.
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        var lanes = new List<Task> { Add(worker, call) };
        try
        {
            do
            {
                // A name of a list that is there twice stands for two.
                var missing = client.Workers.ToList();
                foreach (var lane in _lanes)
                    missing.Remove(lane.Worker);
                lanes.AddRange(missing.Select(other => Add(other, null)));
            }
            while (await Task.WhenAny(deal.Done, Task.Delay(client.Address.IsName ? EnlistInterval : Timeout.InfiniteTimeSpan, _ended.Token)) != deal.Done
                && !_ended.IsCancellationRequested);
        }
        finally
        {
            await waiting.CancelAsync();
        }
        await Task.WhenAll(lanes);
        _answers.Writer.TryComplete();

        Task Add(WorkerAddress at, AcceptedCall? first)
        {
            var lane = new WorkerLane(client, at, deal, _answers.Writer);
            lock (_gate)
                _lanes.Add(lane);
            return RunLaneAsync(lane, first, waiting.Token);
        }
    }

    private async Task RunLaneAsync(WorkerLane lane, AcceptedCall? call, CancellationToken waiting)
    {
        try
        {
            KoalaException? loss = null;
            while (!deal.Done.IsCompleted)
            {
                try
                {
                    call ??= loss is null
                        ? await OpenAsync(lane, await client.GetStatusAsync(lane.Worker, waiting), waiting)
                        : await lane.Lost.ReopenAsync(loss, (status, token) => OpenAsync(lane, status, token), waiting);
                }
                catch (KoalaException exception)
                {
                    // A first attempt comes to the others.
                    if (loss is not null && !IsTriedAgain(lane, exception))
                        return;
                    loss = exception;
                    continue;
                }
                loss = await lane.RunAsync(call, _ended.Token);
                call = null;
                if (loss is not null && HasOthers())
                    client.Recovery.Report?.Invoke($"The worker at {lane.Worker} is gone; the others go on …");
            }
        }
        catch (OperationCanceledException) when (waiting.IsCancellationRequested)
        {
            // All is answered, or the job has ended.
        }
#pragma warning disable CA1031 // Whatever it is, whoever waits for the answers throws it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _answers.Writer.TryComplete(exception);
        }
    }

    private bool HasOthers()
    {
        lock (_gate)
            return _lanes.Count > 1;
    }

    private Task<AcceptedCall> OpenAsync(WorkerLane lane, WorkerStatus status, CancellationToken waiting) =>
        open(lane.Worker, status, _ended.Token).WaitAsync(waiting);

    /// <summary>Whether a worker that is given up is tried again later, while others are at work. The last one takes the job with it.</summary>
    private bool IsTriedAgain(WorkerLane lane, KoalaException problem)
    {
        lock (_gate)
        {
            lane.Problem = problem;
            if (_lanes.TrueForAll(each => each.Problem is not null))
                _answers.Writer.TryComplete(problem);
        }
        lane.Lost.TryOnceMore();
        return client.Recovery.Attempts > 0 && problem is { IsTransient: true, Kind: KoalaErrorKind.WorkerUnavailable } or { Kind: KoalaErrorKind.WorkerStartFailed };
    }
}
