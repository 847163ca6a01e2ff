namespace Koala.Worker.Inference;

/// <summary>What is sent back for a tile, as the contract encodes it; what was not asked for is null.</summary>
internal sealed record TileAnswer
{
    /// <summary>The wanted region's enlargement in the tile's format.</summary>
    public byte[]? Pixels { get; init; }

    /// <summary>Three numbers for every wanted LR pixel.</summary>
    public byte[]? Covariances { get; init; }

    /// <summary>400 taps.</summary>
    public byte[]? MeanKernel { get; init; }

    /// <summary>400 taps for every pixel of <see cref="TileWork.KernelsAt"/>.</summary>
    public byte[]? Kernels { get; init; }

    /// <summary>The wanted LR pixels rebuilt from the result, as floats.</summary>
    public byte[]? Rebuilt { get; init; }

    /// <summary>Of the wanted LR pixels and their rebuilt ones, where 1 is white.</summary>
    public double MeanSquaredError { get; init; }
}
