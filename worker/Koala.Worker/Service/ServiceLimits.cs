using Koala.Protocol.V1;
using Koala.Worker.Inference;

namespace Koala.Worker.Service;

/// <summary>What one client may ask for at once.</summary>
internal sealed record ServiceLimits
{
    // For ids, sizes and the region around a tile's pixels.
    private const int MessageOverhead = 1024;

    /// <summary>
    /// A tensor of the network must stay below 2 GiB: its widest has 400 channels of fp32 for each LR pixel at ×4, which
    /// fits up to a side of 1158.
    /// </summary>
    public const int LargestTileSide = 1024;

    /// <summary>
    /// Longest side of a tile in LR pixels, halo included, 16 to <see cref="LargestTileSide"/>. Default: 512.
    /// </summary>
    public int MaxTileSide { get; init; } = 512;

    /// <summary>
    /// Side of a tile in LR pixels, halo included, that clients are told to use, 16 to <see cref="MaxTileSide"/>.
    /// Default (null): what suits the device, 384 on a CPU, 512 on CUDA.
    /// </summary>
    public int? PreferredTileSide { get; init; }

    /// <summary>Tiles of one stream that the worker holds, unanswered or unsent. Default: 16.</summary>
    public int MaxTilesInFlight { get; init; } = 16;

    /// <summary>Bytes of the longest message: the largest tile in the largest format.</summary>
    public int MaxMessageBytes =>
        MaxTileSide * MaxTileSide * PixelConversion.BytesPerPixel(PixelFormat.RgbF32) + MessageOverhead;

    public IEnumerable<string> Validate()
    {
        if (MaxTileSide is < 16 or > LargestTileSide)
            yield return $"--max-tile-side: expected 16 to {LargestTileSide} pixels, got {MaxTileSide}";
        if (PreferredTileSide is { } side && (side < 16 || side > MaxTileSide))
            yield return $"--preferred-tile-side: expected 16 to {MaxTileSide} (--max-tile-side) pixels, got {side}";
    }

    /// <summary>As clients see them.</summary>
    /// <param name="preferredByDevice">In LR pixels.</param>
    public Limits ToMessage(int preferredByDevice) => new()
    {
        MaxTileSide = (uint)MaxTileSide,
        MaxMessageBytes = (ulong)MaxMessageBytes,
        MaxTilesInFlight = (uint)MaxTilesInFlight,
        PreferredTileSide = (uint)(PreferredTileSide ?? Math.Min(preferredByDevice, MaxTileSide)),
    };
}
