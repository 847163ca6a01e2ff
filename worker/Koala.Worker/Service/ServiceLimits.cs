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

    /// <summary>Least value of <see cref="MaxMemoryMebibytes"/>: a tile of 64×64 pixels fits.</summary>
    public const int LeastMemoryMebibytes = 32;

    /// <summary>Tiles of one stream that the worker holds, unanswered or unsent, 1 to 256. Default: 16.</summary>
    public int MaxTilesInFlight { get; init; } = 16;

    /// <summary>Streams that are open at once, 1 to 10000. Default: 256.</summary>
    public int MaxStreams { get; init; } = 256;

    /// <summary>
    /// Streams of one client, 1 to 10000; a client is an address on the network, and this machine's own socket or pipe. Default: 64.
    /// </summary>
    public int MaxStreamsPerClient { get; init; } = 64;

    /// <summary>
    /// MiB of the device's memory that a batch may take beside the weights, <see cref="LeastMemoryMebibytes"/> or more. Default (null):
    /// half of what this process may use.
    /// </summary>
    public int? MaxMemoryMebibytes { get; init; }

    /// <summary>Seconds in which a stream neither brings nor takes a message while none of its tiles is computed, 1 to 86400. Default: 300.</summary>
    public int IdleSeconds { get; init; } = 300;

    /// <summary>Minutes that a stream may be open at all, 1 to 10080. Default: 1440, a day.</summary>
    public int StreamMinutes { get; init; } = 1440;

    /// <summary>Bytes of the longest message: the largest tile in the largest format.</summary>
    public int MaxMessageBytes =>
        MaxTileSide * MaxTileSide * PixelConversion.BytesPerPixel(PixelFormat.RgbF32) + MessageOverhead;

    public IEnumerable<string> Validate()
    {
        if (MaxTileSide is < 16 or > LargestTileSide)
            yield return $"--max-tile-side: expected 16 to {LargestTileSide} pixels, got {MaxTileSide}";
        if (PreferredTileSide is { } side && (side < 16 || side > MaxTileSide))
            yield return $"--preferred-tile-side: expected 16 to {MaxTileSide} (--max-tile-side) pixels, got {side}";
        if (MaxTilesInFlight is < 1 or > 256)
            yield return $"--max-tiles-in-flight: expected 1 to 256 tiles, got {MaxTilesInFlight}";
        if (MaxStreams is < 1 or > 10_000)
            yield return $"--max-streams: expected 1 to 10000, got {MaxStreams}";
        if (MaxStreamsPerClient is < 1 or > 10_000)
            yield return $"--max-streams-per-client: expected 1 to 10000, got {MaxStreamsPerClient}";
        if (MaxMemoryMebibytes < LeastMemoryMebibytes)
            yield return $"--max-memory: expected {LeastMemoryMebibytes} MiB or more, got {MaxMemoryMebibytes}";
        if (IdleSeconds is < 1 or > 86_400)
            yield return $"--stream-idle-timeout: expected 1 to 86400 seconds, got {IdleSeconds}";
        if (StreamMinutes is < 1 or > 10_080)
            yield return $"--stream-timeout: expected 1 to 10080 minutes, got {StreamMinutes}";
    }

    /// <summary>As clients see them.</summary>
    /// <param name="preferredByDevice">In LR pixels.</param>
    /// <param name="pixelsInMemory">Of a tile, in LR pixels.</param>
    public Limits ToMessage(int preferredByDevice, long pixelsInMemory) => new()
    {
        MaxTileSide = (uint)MaxTileSide,
        MaxMessageBytes = (ulong)MaxMessageBytes,
        MaxTilesInFlight = (uint)MaxTilesInFlight,
        PreferredTileSide = (uint)(PreferredTileSide ?? Math.Min(preferredByDevice, MaxTileSide)),
        MaxTilePixels = (ulong)pixelsInMemory,
    };
}
