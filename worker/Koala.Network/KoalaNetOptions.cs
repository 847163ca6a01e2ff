namespace Koala.Network;

/// <summary>What a network is made of; stored in its checkpoint.</summary>
/// <param name="Scale">HR pixels per LR pixel and direction: 2 or 4.</param>
/// <param name="Upsampling">The upsampling network's variant (paper, Table 2).</param>
/// <param name="Downsampling">The downsampling network's variant (paper, Table 3).</param>
public sealed record KoalaNetOptions(
    int Scale,
    UpsamplingVariant Upsampling = UpsamplingVariant.Koala,
    DownsamplingVariant Downsampling = DownsamplingVariant.ResUNet)
{
    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The scale is neither 2 nor 4.</exception>
    public KoalaNetOptions Validated() =>
        Scale is 2 or 4 ? this : throw new ArgumentOutOfRangeException(nameof(Scale), Scale, "the scale is 2 or 4");
}

/// <summary>How the upsampling network uses the degradation kernels (paper, Table 2).</summary>
public enum UpsamplingVariant
{
    /// <summary>KOALA modules with multiplier m and local filter k, from the estimated kernels.</summary>
    Koala,

    /// <summary>KOALA modules with k alone.</summary>
    FilterOnly,

    /// <summary>KOALA modules that get the true kernels instead of estimated ones ("KOALA + GT kernel").</summary>
    GivenKernels,

    /// <summary>Residual blocks in place of KOALA modules and no downsampling network.</summary>
    Baseline,
}

/// <summary>How the degradation kernels are estimated (paper, Table 3). All have 27 convolutions.</summary>
public enum DownsamplingVariant
{
    /// <summary>The full model: a U-Net of residual blocks.</summary>
    ResUNet,

    /// <summary>(a) Residual blocks of 64 channels at full resolution, no U-Net.</summary>
    ResNet,

    /// <summary>(b) A U-Net without the residual connections.</summary>
    UNet,

    /// <summary>(c) One kernel for the whole image.</summary>
    Uniform,

    /// <summary>(d) Kernels as the last convolution gives them, not normalised to sum 1.</summary>
    NoNormalisation,
}
