using System.Diagnostics;

namespace Koala.Client.CommandLine.Upscaling;

/// <summary>
/// Lets the photographs of a batch into the worker one behind another: the first rows of each are read ahead, but leave only when
/// little is left of the photograph before. So the worker always has tiles, and finishes first what it began first.
/// </summary>
/// <param name="before">Completes when the photograph before has let this one pass.</param>
internal sealed class PhotoTurn(Task before)
{
    // Keeps any device busy until the tiles of the next photograph come.
    private const double MegapixelsAhead = 0.5;

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

    /// <summary>Lets the next photograph follow where so little is left of this one that the worker would soon be idle.</summary>
    /// <param name="megapixels">Million LR pixels that are not enlarged yet.</param>
    public void Left(double megapixels)
    {
        if (megapixels <= MegapixelsAhead)
            Pass();
    }

    /// <summary>Lets the next photograph follow. May be called again.</summary>
    public void Pass() => _passed.TrySetResult();
}
