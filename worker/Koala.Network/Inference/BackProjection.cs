using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>
/// Corrects a picture by what the LR image differs from the picture degraded: each HR pixel by the mean residual of the LR pixels that it
/// is part of, weighted by their kernels (simultaneous iterative reconstruction). Local, so that tiles agree, and convergent for any
/// kernels.
/// </summary>
public static class BackProjection
{
    // LR pixels at the border whose kernels reach over it: they know too little to correct by.
    private const int Border = 3;

    /// <summary><c>hr (N, 3, sH, sW), lr (N, 3, H, W), kernels (N, 400, H, W) → hr (N, 3, sH, sW)</c>; all float32.</summary>
    /// <param name="hr">The picture.</param>
    /// <param name="lr">The LR image.</param>
    /// <param name="kernels">Of every LR pixel, sum 1.</param>
    /// <param name="scale">s, 2 or 4.</param>
    /// <param name="steps">How often.</param>
    public static Tensor Correct(Tensor hr, Tensor lr, Tensor kernels, int scale, int steps)
    {
        using var scope = NewDisposeScope();
        var magnitudes = kernels.abs();
        var ofLr = magnitudes.sum(1).unsqueeze(1).AtLeast(1e-6);
        var ofHr = LocalFilter.Spread(ones_like(ofLr), magnitudes, scale).AtLeast(1e-6);
        magnitudes.Dispose();
        var inside = Inside(lr);
        var corrected = hr.contiguous().clone();
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            var residual = (lr - LocalFilter.Degrade(corrected, kernels, scale)) * inside / ofLr;
            corrected.AddInPlace(LocalFilter.Spread(residual, kernels, scale) / ofHr);
        }

        return corrected.MoveToOuterDisposeScope();
    }

    private static Tensor Inside(Tensor lr)
    {
        var (height, width) = (lr.shape[2], lr.shape[3]);
        var inside = zeros([1, 1, height, width], device: lr.device);
        if (height > 2 * Border && width > 2 * Border)
            inside.narrow(2, Border, height - 2 * Border).narrow(3, Border, width - 2 * Border).SetAll(1);
        return inside;
    }
}
