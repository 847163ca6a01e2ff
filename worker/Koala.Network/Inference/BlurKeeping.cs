using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>Keeps the blur that was meant to be there: mixes the network's picture with the plain bicubic one where the blur is wide.</summary>
public static class BlurKeeping
{
    // Side of the square of LR pixels over which the blur is averaged: single estimates are noisy.
    private const int Window = 5;

    /// <summary>How much of the blur is kept: covariances (N, 3, H, W) → (N, 1, H, W), 0 to 1.</summary>
    /// <param name="covariances">As <see cref="KernelMoments.Covariances"/> makes them.</param>
    /// <param name="scale">s, 2 or 4: each network has its own idea of sharp.</param>
    public static Tensor Mask(Tensor covariances, int scale)
    {
        var (sharp, blurred) = Sigmas(scale);
        using var scope = NewDisposeScope();
        var mean = nn.functional.avg_pool2d(covariances.contiguous(), Window, 1, Window / 2, count_include_pad: false);
        var (xx, yy, xy) = (mean.narrow(1, 0, 1), mean.narrow(1, 1, 1), mean.narrow(1, 2, 1));
        var radius = (xx - yy).Over(2).Squared().Plus(xy.Squared()).sqrt();
        var minor = (xx.Plus(yy).Over(2) - radius).AtLeast(0).sqrt();
        var t = minor.Plus(-sharp).Over(blurred - sharp).Between(0, 1);
        return (t * t * t.Times(-2).Plus(3)).MoveToOuterDisposeScope();
    }

    /// <summary><c>hr (N, 3, sH, sW), lr (N, 3, H, W), mask (N, 1, H, W) → hr (N, 3, sH, sW)</c>.</summary>
    /// <param name="hr">The network's picture.</param>
    /// <param name="lr">What it was made of.</param>
    /// <param name="mask">Share of the bicubic picture, 0 to 1.</param>
    /// <param name="scale">s, 2 or 4.</param>
    public static Tensor Mix(Tensor hr, Tensor lr, Tensor mask, int scale)
    {
        using var scope = NewDisposeScope();
        var share = Bicubic.Enlarge(mask, scale).Between(0, 1);
        return hr.Plus(share * (Bicubic.Enlarge(lr, scale) - hr)).MoveToOuterDisposeScope();
    }

    // Standard deviations in HR pixels, along the axis in which the blur is narrowest: what is blurred along one axis only was shaken,
    // not put out of focus, and is worth sharpening. Up to the first the network is left alone, from the second on nothing is left of it.
    // Chosen for what the released networks estimate: the sharp half of a made picture stays as it is, and a dog behind another stays soft.
    private static (double Sharp, double Blurred) Sigmas(int scale) => scale == 2 ? (1.1, 1.6) : (1.6, 2.2);
}
