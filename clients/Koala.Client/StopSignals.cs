using System.Runtime.InteropServices;

namespace Koala.Client;

/// <summary>Signals that ask a program to end, as a cancellation.</summary>
public sealed class StopSignals : IDisposable
{
    // Not disposed of: a signal that came just before may still be on its way to it, on a thread of its own, where an exception ends the process.
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="signals">Those to listen to; what the system does of itself at them, it does no more.</param>
    public StopSignals(params PosixSignal[] signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, Stop))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Whether a second signal ends the program at once, whatever it is at. Default: true.</summary>
    public bool SecondEndsAtOnce { get; set; } = true;

    /// <summary>No longer listens.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = !SecondEndsAtOnce || !_stop.IsCancellationRequested;
        // What is cancelled goes on elsewhere: this thread has the other listeners to call.
        _ = _stop.CancelAsync();
    }
}
