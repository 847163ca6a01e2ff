using Koala.Worker.Inference;
using State = Koala.Protocol.V1.GetStatusResponse.Types.State;

namespace Koala.Worker.Hosting;

/// <summary>
/// Where the worker stands between start and exit, and which streams keep it from leaving.
/// </summary>
internal sealed class WorkerLifecycle : IDisposable
{
    // A client that started this worker has so long to read from GetStatus why it failed.
    private static readonly TimeSpan FailureGrace = TimeSpan.FromSeconds(3);

    // Clients of aborted streams have so long to read the status. Kestrel closes their connections next, and a client
    // that still had its side of the stream open would see that instead.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(0.5);

    private readonly Lock _gate = new();
    private readonly TimeSpan _idleTimeout;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime _host;
    private readonly ITimer _departure;
    private readonly long _startedAt;
    private readonly TaskCompletionSource<EngineProfile> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _aborted = new();

    public WorkerLifecycle(WorkerOptions options, TimeProvider time, IHostApplicationLifetime host)
    {
        (_idleTimeout, _time, _host, _startedAt) = (options.IdleTimeout, time, host, time.GetTimestamp());
        _departure = time.CreateTimer(_ => Depart(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // These are read under the lock: whoever sees a change finds done what goes with it.
    public State State
    {
        get { lock (_gate) return field; }
        private set;
    } = State.Starting;

    /// <summary>Why the worker failed, in one line; else empty.</summary>
    public string Problem
    {
        get { lock (_gate) return field; }
        private set;
    } = "";

    /// <summary>Streams that are open.</summary>
    public int OpenStreams
    {
        get { lock (_gate) return field; }
        private set;
    }

    public TimeSpan Uptime => _time.GetElapsedTime(_startedAt);

    /// <summary>
    /// What the engine has, once it is loaded. Faults with <see cref="ModelNotFoundException"/> if it cannot be, with
    /// <see cref="WorkerStoppingException"/> if the worker stops before.
    /// </summary>
    public Task<EngineProfile> Ready => _ready.Task;

    /// <summary>Cancelled when open streams must end now.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>Keeps the worker from leaving until disposed.</summary>
    /// <exception cref="WorkerStoppingException">The worker accepts no new streams.</exception>
    public IDisposable OpenStream()
    {
        lock (_gate)
        {
            if (State == State.Stopping || _aborted.IsCancellationRequested)
                throw new WorkerStoppingException(Problem);
            OpenStreams++;
            if (State == State.Ready)
                DepartAfter(Timeout.InfiniteTimeSpan);
            return new OpenedStream(this);
        }
    }

    /// <summary>The engine is loaded and warm.</summary>
    public void BecomeReady(EngineProfile profile)
    {
        lock (_gate)
        {
            if (State != State.Starting)
                return;
            State = State.Ready;
            _ready.SetResult(profile);
            AwaitWork();
        }
    }

    /// <summary>The engine cannot be loaded, or is lost: ends every stream, and the worker soon after.</summary>
    public void Fail(string problem)
    {
        lock (_gate)
        {
            if (State == State.Stopping)
                return;
            (State, Problem) = (State.Failed, problem);
            DepartAfter(FailureGrace);
        }
        // Streams that wait for the first load get the reason from Ready; those at work are aborted.
        if (!_ready.TrySetException(new ModelNotFoundException($"this worker has no model: {problem}")))
            _ = _aborted.CancelAsync();
    }

    /// <summary>Refuses new streams and waits until the open ones end, or aborts them after the limit.</summary>
    public async Task DrainAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        Task drained;
        lock (_gate)
        {
            drained = _drained.Task.WaitAsync(limit, _time, cancellationToken);
            State = State.Stopping;
            _ready.TrySetException(new WorkerStoppingException(Problem));
            DepartAfter(Timeout.InfiniteTimeSpan);
            if (OpenStreams == 0)
                _drained.TrySetResult();
        }
        try
        {
            await drained;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            await _aborted.CancelAsync();
            await Task.Delay(LastWords, CancellationToken.None);
        }
    }

    public void Dispose()
    {
        _departure.Dispose();
        _aborted.Dispose();
    }

    private void CloseStream()
    {
        lock (_gate)
        {
            OpenStreams--;
            if (State == State.Stopping && OpenStreams == 0)
                _drained.TrySetResult();
            else if (State == State.Ready)
                AwaitWork();
        }
    }

    private void AwaitWork()
    {
        if (OpenStreams == 0 && _idleTimeout > TimeSpan.Zero)
            DepartAfter(_idleTimeout);
    }

    private void DepartAfter(TimeSpan time) => _departure.Change(time, Timeout.InfiniteTimeSpan);

    private void Depart()
    {
        lock (_gate)
        {
            // A stream may have come while the timer fired.
            if (State == State.Ready && OpenStreams > 0)
                return;
            State = State.Stopping;
        }
        _host.StopApplication();
    }

    private sealed class OpenedStream(WorkerLifecycle lifecycle) : IDisposable
    {
        private bool _closed;

        public void Dispose()
        {
            if (_closed)
                return;
            _closed = true;
            lifecycle.CloseStream();
        }
    }
}

/// <summary>The worker accepts no further work; a new start of it may.</summary>
internal sealed class WorkerStoppingException(string problem)
    : Exception(problem.Length == 0 ? "the worker is stopping" : $"the worker is stopping: {problem}");
