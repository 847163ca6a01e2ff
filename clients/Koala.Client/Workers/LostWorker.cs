namespace Koala.Client;

/// <summary>Brings back a worker of one job, as often as the job makes progress in between.</summary>
/// <param name="client">The connection.</param>
/// <param name="worker">The worker, one of several perhaps.</param>
internal sealed class LostWorker(KoalaClient client, WorkerAddress worker)
{
    private readonly WorkerRecovery _recovery = client.Recovery;
    private int _attempts;

    /// <summary>The worker is at work: the attempts are counted anew.</summary>
    public void Progressed() => _attempts = 0;

    /// <summary>Other workers go on meanwhile: there may be another attempt, after as long as before the last one.</summary>
    public void TryOnceMore() => _attempts = Math.Max(0, _recovery.Attempts - 1);

    /// <summary>Waits for the worker or starts it, then opens what was lost.</summary>
    /// <param name="loss">Why it is gone.</param>
    /// <param name="open">What is to be opened; fails with a transient <see cref="KoalaException"/> for another attempt.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KoalaException">It did not come back, or as another one.</exception>
    public async Task<T> ReopenAsync<T>(
        KoalaException loss, Func<WorkerStatus, CancellationToken, Task<T>> open, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_attempts >= _recovery.Attempts)
                throw GivenUp(loss);
            _attempts++;
            if (!client.Address.IsSeveral)
                _recovery.Report?.Invoke($"The worker was lost; attempt {_attempts} of {_recovery.Attempts} to go on …");
            await Task.Delay(_recovery.DelayBefore(_attempts), cancellationToken);
            try
            {
                return await open(await ContactAsync(cancellationToken), cancellationToken);
            }
            // One that ends while it starts has not failed for good either.
            catch (KoalaException exception) when (
                exception is { IsTransient: true, Kind: KoalaErrorKind.WorkerUnavailable } or { Kind: KoalaErrorKind.WorkerStartFailed })
            {
                loss = exception;
            }
        }
    }

    private async Task<WorkerStatus> ContactAsync(CancellationToken cancellationToken)
    {
        if (_recovery.Restart is { } restart && !worker.IsNetwork)
            return await WorkerLauncher.EnsureRunningAsync(worker, restart, _recovery.Report, cancellationToken);
        if (_recovery.RestartBy is { } restartBy && !worker.IsNetwork)
            await restartBy(cancellationToken);
        var status = await client.GetStatusAsync(worker, cancellationToken);
        return status.State != WorkerState.Failed ? status : throw new KoalaException(
            KoalaErrorKind.WorkerStartFailed, $"The worker at {worker} has no usable models: {status.Problem}");
    }

    private KoalaException GivenUp(KoalaException loss) => _recovery.Attempts == 0 ? loss : new KoalaException(
        KoalaErrorKind.WorkerUnavailable,
        $"The worker at {worker} was lost in the middle of the work and not won back in {_recovery.Attempts} attempts "
        + $"({loss.Message.TrimEnd('.')}); start it again if it is gone, then try again.",
        isTransient: true, loss);
}
