using Grpc.Core;
using Koala.Worker.Batching;

namespace Koala.Worker.Service;

/// <summary>
/// Ends a stream that has been open for too long, or in which nothing has moved for too long: a client that is gone without
/// its connection, or that does not take its answers, would hold its memory for ever.
/// </summary>
internal sealed class StreamWatch : IDisposable
{
    private readonly ServiceLimits _limits;
    private readonly TimeSpan _idle;
    private readonly CancellationTokenSource _expired = new();
    private readonly ITimer _idleTimer;
    private readonly ITimer _deadline;
    private int _atWork;

    public StreamWatch(string request, ServiceLimits limits, TimeProvider time)
    {
        (Request, _limits, _idle) = (request, limits, TimeSpan.FromSeconds(limits.IdleSeconds));
        _idleTimer = time.CreateTimer(_ => OnIdle(), null, _idle, Timeout.InfiniteTimeSpan);
        _deadline = time.CreateTimer(
            _ => Expire($"the stream was open for {_limits.StreamMinutes} minutes, the worker's limit (--stream-timeout)"), null,
            TimeSpan.FromMinutes(limits.StreamMinutes), Timeout.InfiniteTimeSpan);
    }

    /// <summary>What the client calls its request, for logs.</summary>
    public string Request { get; }

    /// <summary>Cancelled once the stream has to end.</summary>
    public CancellationToken Expired => _expired.Token;

    /// <summary>Why it has to end; null before.</summary>
    public LimitException? Problem { get; private set; }

    /// <summary>A message has come or gone.</summary>
    public void Moved() => _idleTimer.Change(_idle, Timeout.InfiniteTimeSpan);

    /// <summary>The worker itself is what is waited for, until <see cref="EndWork"/>.</summary>
    public void BeginWork() => Interlocked.Increment(ref _atWork);

    public void EndWork()
    {
        Interlocked.Decrement(ref _atWork);
        Moved();
    }

    /// <summary>The job, such that the stream is not idle until it is done.</summary>
    public TileJob During(TileJob job)
    {
        BeginWork();
        return job with
        {
            Completed = outcome =>
            {
                // Before the answer is on its way: nothing that follows from it may find the work still going on.
                EndWork();
                job.Completed(outcome);
            },
        };
    }

    public void Dispose()
    {
        _idleTimer.Dispose();
        _deadline.Dispose();
        _expired.Dispose();
    }

    private void OnIdle()
    {
        if (Volatile.Read(ref _atWork) > 0)
            Moved();
        else
            Expire($"no message came or was taken for {_limits.IdleSeconds} seconds, the worker's limit (--stream-idle-timeout)");
    }

    private void Expire(string problem)
    {
        Problem ??= new LimitException(StatusCode.DeadlineExceeded, problem);
        try
        {
            _ = _expired.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The stream has ended meanwhile.
        }
    }
}
