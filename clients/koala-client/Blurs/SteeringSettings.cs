using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Koala.Client.CommandLine.Blurs;

/// <summary>How the network is steered by the blur: the same for every photograph of a call.</summary>
/// <remarks>Kept in the manifest as the settings around it are; files by what is in them.</remarks>
internal sealed record SteeringSettings
{
    /// <summary>Share of the bicubic picture where blur is kept, 0 to 1.</summary>
    public double KeepBlur { get; init; }

    /// <summary>A picture that says where blur is kept; null for where it is wide.</summary>
    [JsonIgnore]
    public string? KeepBlurMask { get; init; }

    /// <summary>The kernel that the network adjusts itself to; null for those that it estimates.</summary>
    [JsonIgnore]
    public BlurKernel? Kernel { get; init; }

    /// <summary>Width of the estimated kernels in their own; null for as they are.</summary>
    public double? KernelScale { get; init; }

    /// <summary>Whether the mean of all photographs' estimated kernels becomes <see cref="Kernel"/> before the first is enlarged.</summary>
    public bool KernelLock { get; init; }

    /// <summary>Steps of back-projection.</summary>
    public int Consistent { get; init; }

    /// <summary>Levels up to which smooth parts are left to bicubic.</summary>
    public double SmoothLevels { get; init; }

    /// <summary>What stands for the kernel in the manifest.</summary>
    public string? KernelSha256 => Kernel is null ? null : Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(Kernel.Taps)));

    /// <summary>Whether kernels are changed, or used on the result.</summary>
    [JsonIgnore]
    public bool UsesKernels => Kernel is not null || KernelScale is not null || KernelLock || Consistent > 0;

    /// <summary>A job that is steered so.</summary>
    public UpscaleJob Apply(UpscaleJob job) => job with
    {
        KeepBlur = KeepBlur,
        Kernel = Kernel,
        KernelScale = KernelScale ?? 1,
        ConsistentSteps = Consistent,
        SmoothLevels = SmoothLevels,
    };
}
