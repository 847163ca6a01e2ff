using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Koala.Client.Tests;

/// <summary>With a signal that does nothing of itself and comes of itself only where a window changes.</summary>
[UnsupportedOSPlatform("windows")]
public sealed partial class StopSignalsTests
{
    private const int WindowChanged = 28;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Token_AfterASignal_IsCancelled()
    {
        using var stop = new StopSignals(PosixSignal.SIGWINCH);
        Assert.False(stop.Token.IsCancellationRequested);

        Assert.Equal(0, Signal(Environment.ProcessId, WindowChanged));

        await CancelledAsync(stop);
    }

    [Fact]
    public async Task Signal_OnItsWayWhileItIsDisposed_EndsInNothing()
    {
        var stop = new StopSignals(PosixSignal.SIGWINCH);
        // Is called first, as the last to come: what a program does that has ended because of the same signal.
        using var first = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => stop.Dispose());

        Assert.Equal(0, Signal(Environment.ProcessId, WindowChanged));

        await CancelledAsync(stop);
    }

    [Fact]
    public async Task Token_WhatIsCancelledFails_TheProgramGoesOn()
    {
        using var stop = new StopSignals(PosixSignal.SIGWINCH);
        using var failing = stop.Token.Register(() => throw new InvalidOperationException());

        Assert.Equal(0, Signal(Environment.ProcessId, WindowChanged));

        await CancelledAsync(stop);
    }

    private static async Task CancelledAsync(StopSignals stop)
    {
        var cancelled = new TaskCompletionSource();
        using var registration = stop.Token.Register(cancelled.SetResult);
        await cancelled.Task.WaitAsync(Patience);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int processId, int signal);
}
