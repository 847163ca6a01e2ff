using Koala.Protocol.V1;

namespace Koala.Worker.Inference;

/// <summary>A validated tile: its pixels as they came, and what of it to send back.</summary>
/// <param name="Pixels">RGB rows from top to bottom, without padding.</param>
/// <param name="Format">Of the pixels and of the result.</param>
/// <param name="Wanted">In LR pixels from the tile's upper left corner.</param>
internal sealed record TileWork(ReadOnlyMemory<byte> Pixels, PixelFormat Format, WantedRegion Wanted)
{
    /// <summary>Whether the mean of the wanted pixels' kernels is sent back too.</summary>
    public bool MeanKernel { get; init; }

    /// <summary>How much of the blur is kept at every pixel, 0 to 255; empty for as much as the blur says.</summary>
    public ReadOnlyMemory<byte> KeepBlurMask { get; init; }

    /// <summary>Pixels whose kernels are sent back too, from the tile's upper left corner.</summary>
    public IReadOnlyList<(int X, int Y)> KernelsAt { get; init; } = [];
}

/// <summary>A rectangle inside a tile, in LR pixels.</summary>
internal readonly record struct WantedRegion(int X, int Y, int Width, int Height);
