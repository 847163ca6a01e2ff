namespace Koala.Worker.Batching;

/// <summary>How large a batch may grow and how long it waits for that.</summary>
/// <param name="MaxTiles">Tiles in a batch.</param>
/// <param name="MaxPixels">LR pixels in a batch of more than one tile; memory grows with them.</param>
/// <param name="MaxDelay">How long the oldest tile waits for others before its batch starts unfilled.</param>
internal readonly record struct BatchLimits(int MaxTiles, int MaxPixels, TimeSpan MaxDelay)
{
    /// <summary>
    /// One 256×256 tile keeps every core busy: only smaller ones gain by company, and an idle processor never waits.
    /// </summary>
    public static BatchLimits Cpu { get; } = new(4, 256 * 256, TimeSpan.Zero);

    /// <summary>A GPU needs more work at once, and has it sooner done than asked for.</summary>
    public static BatchLimits Cuda { get; } = new(8, 8 * 256 * 256, TimeSpan.FromMilliseconds(2));

    /// <summary>These limits, and batches of no more pixels than fit into memory.</summary>
    public BatchLimits Within(long pixels) => this with { MaxPixels = (int)Math.Min(MaxPixels, pixels) };

    /// <summary>
    /// Tiles of this size in one batch, at least one. Where smooth parts are left out it is one: how much of a tile is must not depend on others.
    /// </summary>
    public int TilesOf(BatchKey key) => key.Options.SmoothLevels > 0 ? 1 : (int)Math.Clamp(MaxPixels / ((long)key.Width * key.Height), 1, MaxTiles);
}
