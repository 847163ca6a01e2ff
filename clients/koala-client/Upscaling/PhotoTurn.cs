using System.Diagnostics;

namespace Koala.Client.CommandLine.Upscaling;

/// <summary>
/// Lets the photographs of a batch into the worker one behind another: the first rows of each are read ahead, but leave only when
/// the last ones of the photograph before have left. So the worker always has tiles, and finishes what it began first.
/// </summary>
/// <param name="before">Completes when the photograph before has let this one pass.</param>
internal sealed class PhotoTurn(Task before)
{
    private readonly TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _came = Stopwatch.GetTimestamp();

    /// <summary>Completes when the next photograph may follow.</summary>
    public Task Passed => _passed.Task;

    /// <summary>Time since it was this photograph's turn.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_came);

    /// <summary>Waits until it is this photograph's turn.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (before.IsCompleted)
            return;
        await before.WaitAsync(cancellationToken);
        _came = Stopwatch.GetTimestamp();
    }

    /// <summary>Lets the next photograph follow. May be called again.</summary>
    public void Pass() => _passed.TrySetResult();
}
