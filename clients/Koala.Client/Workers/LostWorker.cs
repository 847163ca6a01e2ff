namespace Koala.Client;

/// <summary>Brings back the worker of one job, as often as the job makes progress in between.</summary>
internal sealed class LostWorker(KoalaClient client)
{
    private readonly WorkerRecovery _recovery = client.Recovery;
    private int _attempts;

    /// <summary>The worker is at work: the attempts are counted anew.</summary>
    public void Progressed() => _attempts = 0;

    /// <summary>Waits for the worker or starts it, then opens what was lost.</summary>
    /// <param name="loss">Why it is gone.</param>
    /// <param name="open">What is to be opened; fails with a transient <see cref="KoalaException"/> for another attempt.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KoalaException">It did not come back, or as another one.</exception>
    public async Task<T> ReopenAsync<T>(KoalaException loss, Func<CancellationToken, Task<T>> open, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_attempts >= _recovery.Attempts)
                throw GivenUp(loss);
            _attempts++;
            _recovery.Report?.Invoke($"The worker was lost; attempt {_attempts} of {_recovery.Attempts} to go on …");
            await Task.Delay(_recovery.DelayBefore(_attempts), cancellationToken);
            try
            {
                await ContactAsync(cancellationToken);
                return await open(cancellationToken);
            }
            // One that ends while it starts has not failed for good either.
            catch (KoalaException exception) when (
                exception is { IsTransient: true, Kind: KoalaErrorKind.WorkerUnavailable } or { Kind: KoalaErrorKind.WorkerStartFailed })
            {
                loss = exception;
            }
        }
    }

    private async Task ContactAsync(CancellationToken cancellationToken)
    {
        if (_recovery.Restart is { } restart && !client.Address.IsNetwork)
        {
            await WorkerLauncher.EnsureRunningAsync(client.Address, restart, _recovery.Report, cancellationToken);
            return;
        }
        var status = await client.GetStatusAsync(cancellationToken);
        if (status.State == WorkerState.Failed)
            throw new KoalaException(
                KoalaErrorKind.WorkerStartFailed, $"The worker at {client.Address} has no usable models: {status.Problem}");
    }

    private KoalaException GivenUp(KoalaException loss) => _recovery.Attempts == 0 ? loss : new KoalaException(
        KoalaErrorKind.WorkerUnavailable,
        $"The worker at {client.Address} was lost in the middle of the work and not won back in {_recovery.Attempts} attempts "
        + $"({loss.Message.TrimEnd('.')}); start it again if it is gone, then try again.",
        isTransient: true, loss);
}
