namespace Koala.Worker.Batching;

/// <summary>The user's limits of batches and of what waits for them.</summary>
internal sealed record BatchingOptions
{
    /// <summary>Tiles in a batch, 1 to 64. Default (null): 4 on a CPU, 8 on CUDA; see <see cref="BatchLimits"/>.</summary>
    public int? MaxBatch { get; init; }

    /// <summary>Milliseconds that a tile waits for others, 0 to 1000. Default (null): 0 on a CPU, 2 on CUDA.</summary>
    public int? DelayMilliseconds { get; init; }

    /// <summary>
    /// Million LR pixels of each priority that wait for the device, 1 to 4096; where it is reached streams wait to be read on. A million
    /// takes 3 MB, of floats 12 MB. Default: 32.
    /// </summary>
    public int QueueMegapixels { get; init; } = 32;

    /// <summary>LR pixels of each priority that wait.</summary>
    public long QueuePixels => QueueMegapixels * 1_000_000L;

    public IEnumerable<string> Validate()
    {
        if (MaxBatch is < 1 or > 64)
            yield return $"--max-batch: expected 1 to 64, got {MaxBatch}";
        if (DelayMilliseconds is < 0 or > 1000)
            yield return $"--batch-delay: expected 0 to 1000 milliseconds, got {DelayMilliseconds}";
        if (QueueMegapixels is < 1 or > 4096)
            yield return $"--max-queue: expected 1 to 4096 megapixels, got {QueueMegapixels}";
    }

    /// <summary>The device's limits, where the user did not set others.</summary>
    public BatchLimits Over(BatchLimits ofDevice) => ofDevice with
    {
        MaxTiles = MaxBatch ?? ofDevice.MaxTiles,
        MaxDelay = DelayMilliseconds is { } delay ? TimeSpan.FromMilliseconds(delay) : ofDevice.MaxDelay,
    };
}
