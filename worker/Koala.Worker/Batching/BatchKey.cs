using Koala.Network;

namespace Koala.Worker.Batching;

/// <summary>What tiles must have in common to be computed together. Width and height in LR pixels.</summary>
internal readonly record struct BatchKey(string Model, Precision Precision, int Width, int Height)
{
    /// <summary>How the network is steered, and what is told of the blur. Default: as it is, and nothing.</summary>
    public InferenceOptions Options { get; init; } = InferenceOptions.Plain;
}
