namespace Koala.PaintDotNet.Restoring;

/// <summary>Limits of a session.</summary>
internal sealed record RestoreOptions
{
    /// <summary>Bytes of restored cells that are kept, three a pixel. Default: 256 MiB, a layer of 9,400 × 9,400 pixels.</summary>
    public long CacheBytes { get; init; } = 256L << 20;

    /// <summary>Time that settings have to last before the worker is asked: a slider moves many times a second. Default: 100 ms.</summary>
    public TimeSpan Debounce { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Time that a cell nobody waits for any more goes on: after a move of the strength the same cells are asked for at once. Default: 150 ms.
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(150);
}
