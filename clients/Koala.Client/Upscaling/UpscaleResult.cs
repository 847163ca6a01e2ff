namespace Koala.Client;

/// <summary>What was done to an image, for logs and for metadata.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Scale">HR pixels per LR pixel and direction.</param>
/// <param name="Precision">Arithmetic of the convolutions.</param>
/// <param name="Device">The worker's device, for people.</param>
/// <param name="Halo">LR pixels of image around what was wanted of every tile.</param>
/// <param name="Tiles">Number of tiles.</param>
/// <param name="Elapsed">From the worker's acceptance of the job to the last row written.</param>
/// <param name="ComputeSeconds">The image's share of the device's time: of a batch, the share of its own tiles.</param>
/// <param name="QueueSecondsPerTile">How long a tile waited for the device, on average.</param>
public sealed record UpscaleResult(
    string Model,
    int Scale,
    Precision Precision,
    string Device,
    int Halo,
    int Tiles,
    TimeSpan Elapsed,
    double ComputeSeconds,
    double QueueSecondsPerTile)
{
    /// <summary>SHA-256 of the model's weights in lower-case hexadecimal digits; empty where the worker does not tell.</summary>
    public string ModelSha256 { get; init; } = "";

    /// <summary>Tiles that were sent once more because the worker was lost before it had answered them.</summary>
    public int TilesSentAgain { get; init; }

    /// <summary>The mean of all pixels' estimated kernels; null where it was not asked for.</summary>
    public BlurKernel? MeanKernel { get; init; }

    /// <summary>Estimated kernels on a grid, row by row; empty where they were not asked for.</summary>
    public IReadOnlyList<KernelAt> Kernels { get; init; } = [];

    /// <summary>How well the tiles' results explain the image, row by row; empty where it was not checked.</summary>
    public IReadOnlyList<TileScore> Scores { get; init; } = [];

    /// <summary>How well the result explains the image, in dB; null where it was not checked.</summary>
    public double? Psnr => Scores.Count == 0 ? null : -10 * Math.Log10(
        Scores.Sum(score => score.MeanSquaredError * score.Region.Width * score.Region.Height)
        / Scores.Sum(score => (double)score.Region.Width * score.Region.Height));
}
