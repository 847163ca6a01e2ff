namespace Koala.Network;

/// <summary>How an inference is steered, and what it tells beside the picture. Default: the network as it is, and the picture alone.</summary>
/// <remarks>Two options with kernels are equal only where it is the same array.</remarks>
public sealed record InferenceOptions
{
    /// <summary>The most steps of back-projection.</summary>
    public const int MostConsistentSteps = 20;

    /// <summary>The most levels that smooth parts may differ by.</summary>
    public const float MostSmoothLevels = 16;

    /// <summary>The smallest factor of kernels' widths.</summary>
    public const float SmallestKernelScale = 0.5f;

    /// <summary>The largest factor of kernels' widths.</summary>
    public const float LargestKernelScale = 2f;

    /// <summary>The network as it is.</summary>
    public static InferenceOptions Plain { get; } = new();

    /// <summary>Share of the plain bicubic enlargement where the blur is wide in every direction, 0 to 1. Default: 0.</summary>
    public float KeepBlur { get; init; }

    /// <summary>Whether a mask that is given says where blur is kept, in place of the blur. Default: no.</summary>
    public bool Masked { get; init; }

    /// <summary>k_d for every pixel in place of the estimated kernels: 400 taps with the sum 1. Default (null): the estimated ones.</summary>
    public float[]? Kernel { get; init; }

    /// <summary>Width of the estimated kernels for the upsampling network, in their own, 0.5 to 2. Default: 1.</summary>
    public float KernelScale { get; init; } = 1;

    /// <summary>Steps of <see cref="BackProjection"/>, 0 to 20. Default: 0.</summary>
    public int Consistent { get; init; }

    /// <summary>
    /// Where no pixel is as many levels (of 255) off the mean of the 5×5 around it, the plain bicubic enlargement stands in place of the network's,
    /// which is not computed, 0 to 16. Only where nothing but the picture is wanted. Default: 0, the network's everywhere.
    /// </summary>
    public float SmoothLevels { get; init; }

    /// <summary>Whether <see cref="InferenceResult.Covariances"/> are wanted.</summary>
    public bool Covariances { get; init; }

    /// <summary>Whether <see cref="InferenceResult.Kernels"/> are wanted.</summary>
    public bool Kernels { get; init; }

    /// <summary>Whether <see cref="InferenceResult.Rebuilt"/> is wanted.</summary>
    public bool Rebuilt { get; init; }

    /// <summary>Whether the picture is not wanted; what would steer it is not used.</summary>
    public bool BlurOnly { get; init; }

    /// <summary>Whether nothing but the picture is wanted.</summary>
    public bool PictureOnly => !Covariances && !Kernels && !Rebuilt && !BlurOnly;

    /// <summary>Whether the network has to estimate kernels in a form that can be looked at.</summary>
    internal bool LooksAtEstimate => Covariances || Kernels || (KeepBlur > 0 && !Masked);

    /// <summary>Whether the kernels that the upsampling network is given are needed as they are, not folded away.</summary>
    internal bool NeedsGivenKernels => !BlurOnly && (Kernel is not null || KernelScale != 1 || Consistent > 0 || Rebuilt);
}
