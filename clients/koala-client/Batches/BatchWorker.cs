using System.Diagnostics;
using Koala.Client.CommandLine.Commands;
using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Batches;

/// <summary>The worker of a batch: found or started first, and again where it is lost on the way.</summary>
/// <param name="address">Where it listens.</param>
/// <param name="recovery">How it is started, and how often it is won back within a photograph.</param>
/// <param name="report">Told, in a line for people, what is waited for.</param>
internal sealed class BatchWorker(WorkerAddress address, WorkerRecovery recovery, Action<string> report) : IAsyncDisposable
{
    // A photograph that brings down the worker every time is given up; one that only happened to be there is not.
    private const int MostAttempts = 5;

    // Of a photograph among others: it comes to its own attempts when it is alone.
    private const int MostRetries = 2;

    private static readonly TimeSpan ComeBackTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // After a loss photographs go on one at a time, so that the one that is to blame is alone the next time.
    private readonly SemaphoreSlim _alone = new(1);

    private readonly WorkerStartOptions? _start = recovery.Restart;

    /// <summary>The connection, which outlives a worker.</summary>
    public KoalaClient Client { get; } = new(address)
    {
        Recovery = recovery with { Attempts = Math.Min(recovery.Attempts, MostRetries), Report = report },
    };

    /// <summary>Finds the worker or starts it.</summary>
    /// <exception cref="CommandFailure">There is none.</exception>
    public Task<WorkerStatus> ContactAsync(CancellationToken cancellationToken) => WorkerContact.ContactAsync(() => _start is null
        ? Client.GetStatusAsync(cancellationToken)
        : WorkerLauncher.EnsureRunningAsync(address, _start, report, cancellationToken));

    /// <summary>Runs the work of a photograph, again from its beginning where the worker is lost: five times at most.</summary>
    /// <param name="work">The work; fails with a <see cref="CommandFailure"/> of a transient <see cref="KoalaException"/> for another attempt.</param>
    /// <param name="turn">The photograph's turn.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<T> RunAsync<T>(Func<Task<T>> work, PhotoTurn turn, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            // First the turn: whoever has it must not wait for one that waits for it.
            if (attempt > 1)
            {
                await turn.WaitAsync(cancellationToken);
                await _alone.WaitAsync(cancellationToken);
            }
            try
            {
                if (attempt > 1)
                    await ComeBackAsync(cancellationToken);
                return await work();
            }
            catch (CommandFailure failure) when (attempt < MostAttempts && MayPass(failure))
            {
                await Task.Delay(Pause, cancellationToken);
            }
            finally
            {
                if (attempt > 1)
                    _alone.Release();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        _alone.Dispose();
    }

    // A worker that is killed while it starts again has not failed for good either.
    private static bool MayPass(CommandFailure failure) =>
        failure.Code == ExitCode.WorkerStartFailed || failure.InnerException is KoalaException { IsTransient: true };

    private async Task ComeBackAsync(CancellationToken cancellationToken)
    {
        if (_start is not null && !address.IsNetwork)
        {
            await ContactAsync(cancellationToken);
            return;
        }
        // Somebody else sees to it that it runs.
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(Pause, cancellationToken))
        {
            try
            {
                if ((await Client.GetStatusAsync(cancellationToken)).State == WorkerState.Ready)
                    return;
            }
            catch (KoalaException error) when (error.IsTransient && clock.Elapsed < ComeBackTimeout)
            {
                report($"Waiting for a worker at {address} …");
            }
            catch (KoalaException error)
            {
                throw new CommandFailure(ExitCodes.OfContact(error.Kind), error.Message, error);
            }
        }
    }
}
