using System.Text.Json.Serialization;

namespace Koala.Training.Evaluation;

/// <summary>Measures of one image, or their means.</summary>
/// <param name="Name">The image's file name.</param>
/// <param name="Psnr">Y-PSNR of the model's image, in dB.</param>
/// <param name="Ssim">SSIM of the model's image, on Y.</param>
/// <param name="BicubicPsnr">Y-PSNR of the bicubic image, in dB.</param>
/// <param name="BicubicSsim">SSIM of the bicubic image, on Y.</param>
/// <param name="KernelL2">Kernel error (paper, Eq. 9) of the spatial mean of the estimated kernels; null without estimates.</param>
/// <param name="LrPsnr">Y-PSNR of the LR image rebuilt with the estimated kernels (paper, Table 3), in dB.</param>
/// <param name="LrSsim">SSIM of the same; null where the LR image is smaller than SSIM's window.</param>
/// <param name="SecondsPerMegapixel">Seconds of the network per LR megapixel.</param>
public sealed record ImageScore(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("psnr")] double Psnr,
    [property: JsonPropertyName("ssim")] double Ssim,
    [property: JsonPropertyName("bicubic_psnr")] double BicubicPsnr,
    [property: JsonPropertyName("bicubic_ssim")] double BicubicSsim,
    [property: JsonPropertyName("kernel_l2")] double? KernelL2,
    [property: JsonPropertyName("lr_psnr")] double? LrPsnr,
    [property: JsonPropertyName("lr_ssim")] double? LrSsim,
    [property: JsonPropertyName("seconds_per_megapixel")] double SecondsPerMegapixel)
{
    /// <summary>The means over images.</summary>
    public static ImageScore Mean(IReadOnlyCollection<ImageScore> images) => new(
        "mean", images.Average(i => i.Psnr), images.Average(i => i.Ssim), images.Average(i => i.BicubicPsnr), images.Average(i => i.BicubicSsim),
        images.Average(i => i.KernelL2), images.Average(i => i.LrPsnr), images.Average(i => i.LrSsim), images.Average(i => i.SecondsPerMegapixel));
}

/// <summary>Measures of a model on a set of images.</summary>
/// <param name="Scale">s.</param>
/// <param name="Model">Name of the weights.</param>
/// <param name="Images">Measures of each image.</param>
/// <param name="Mean">Their means.</param>
public sealed record EvaluationReport(
    [property: JsonPropertyName("scale")] int Scale,
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("images")] IReadOnlyList<ImageScore> Images,
    [property: JsonPropertyName("mean")] ImageScore Mean);
