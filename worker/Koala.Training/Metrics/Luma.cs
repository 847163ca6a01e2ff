using Koala.Network;
using static TorchSharp.torch;

namespace Koala.Training.Metrics;

/// <summary>PSNR and SSIM on the luma of 8-bit images, as super-resolution papers report them; no border is cut.</summary>
public static class Luma
{
    /// <summary>Shortest side of an image that <see cref="Ssim"/> can look at.</summary>
    public const int WindowSide = 11;

    private const double WindowSigma = 1.5;
    private static readonly double[] Weights = [65.481, 128.553, 24.966];

    /// <summary>
    /// BT.601 luma of an image rounded to 8 bits, rounded: <c>(1, 3, H, W) in [-1, 1], on any device → (1, 1, H, W)</c> on the CPU, 16 to 235.
    /// </summary>
    public static Tensor Of(Tensor image)
    {
        using var scope = NewDisposeScope();
        var rgb = image.to(ScalarType.Float64, CPU).Between(-1, 1).Plus(1).Times(127.5).round();
        var weights = tensor(Weights).view(1, 3, 1, 1).Over(255);
        return (rgb * weights).sum(1, keepdim: true).Plus(16).round().MoveToOuterDisposeScope();
    }

    /// <summary>Peak signal-to-noise ratio of two images (1, 3, H, W) in [-1, 1], in dB; 100 for equal ones.</summary>
    public static double Psnr(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var error = (Of(a) - Of(b)).Squared().mean().item<double>();
        return error == 0 ? 100 : 10 * Math.Log10(255 * 255 / error);
    }

    /// <summary>
    /// Structural similarity (Wang et al., 2004) of two images (1, 3, H, W) in [-1, 1]: Gaussian window 11×11 with σ 1.5, K₁ = 0.01,
    /// K₂ = 0.03, over the region where the window fits.
    /// </summary>
    public static double Ssim(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var offsets = tensor([.. Enumerable.Range(0, WindowSide).Select(i => (double)(i - WindowSide / 2))]);
        var line = offsets.Squared().Over(-2 * WindowSigma * WindowSigma).exp();
        line /= line.sum();
        var window = outer(line, line).view(1, 1, WindowSide, WindowSide);
        var (x, y) = (Of(a), Of(b));
        var (mx, my) = (Mean(x), Mean(y));
        var (vx, vy, vxy) = (Mean(x * x) - mx * mx, Mean(y * y) - my * my, Mean(x * y) - mx * my);
        var (c1, c2) = (Math.Pow(0.01 * 255, 2), Math.Pow(0.03 * 255, 2));
        var ssim = (mx * my).Times(2).Plus(c1) * vxy.Times(2).Plus(c2) / ((mx * mx).Plus(my * my).Plus(c1) * vx.Plus(vy).Plus(c2));
        return ssim.mean().item<double>();

        Tensor Mean(Tensor t) => nn.functional.conv2d(t, window);
    }
}
