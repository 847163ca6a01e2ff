using Koala.Network;
using static TorchSharp.torch;

namespace Koala.Training.Degradation;

/// <summary>Makes LR images from HR images: X = (Y * k_d) ↓ s (paper, Eq. 1), rounded to 8 bits.</summary>
public static class Degrader
{
    /// <summary>
    /// <c>hr (N, 3, sH, sW) in [-1, 1], one kernel an image → lr (N, 3, H, W) in [-1, 1]</c> on 256 levels; the HR image is continued
    /// symmetrically.
    /// </summary>
    /// <param name="hr">float32.</param>
    /// <param name="kernels">(N, 400), see <see cref="DegradationKernel.Taps"/>.</param>
    /// <param name="scale">s, 2 or 4.</param>
    public static Tensor Degrade(Tensor hr, Tensor kernels, int scale)
    {
        using var blurred = Blur(hr, kernels, scale);
        return Quantise(blurred);
    }

    /// <summary><see cref="Degrade"/> before its rounding.</summary>
    /// <param name="hr">float32.</param>
    /// <param name="kernels">(N, 400).</param>
    /// <param name="scale">s, 2 or 4.</param>
    public static Tensor Blur(Tensor hr, Tensor kernels, int scale)
    {
        const int side = DegradationKernel.Side;
        var border = (side - scale) / 2;
        using var scope = NewDisposeScope();
        var continued = Reflection.Pad(hr, border, border, border, border);
        var blurred = new List<Tensor>();
        for (var i = 0; i < hr.shape[0]; i++)
        {
            // The three colours as a batch of three images of one channel.
            var colours = continued.narrow(0, i, 1).transpose(0, 1);
            var kernel = kernels.narrow(0, i, 1).view(1, 1, side, side);
            blurred.Add(nn.functional.conv2d(colours, kernel, strides: [scale, scale]).transpose(0, 1));
        }

        return cat(blurred).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Rebuilds the LR image with one kernel a LR pixel: X̂ = (Y ⊛ F_d) ↓ s (paper, Eq. 2), <c>hr (N, 3, sH, sW), kernels (N, 400, H, W) →
    /// (N, 3, H, W)</c>, not rounded. The HR image is continued as in <see cref="Degrade"/>: were it 0 outside, the kernels of up to 44 % of a
    /// patch's pixels could not rebuild their LR pixels, and training would bend them for it.
    /// </summary>
    /// <param name="hr">float32.</param>
    /// <param name="kernels">F_d, float32; gradients go to them.</param>
    /// <param name="scale">s, 2 or 4.</param>
    public static Tensor Rebuild(Tensor hr, Tensor kernels, int scale)
    {
        // In LR pixels: as far as kernels reach beyond an image.
        var border = (DegradationKernel.Side - scale + 2 * scale - 1) / (2 * scale);
        using var scope = NewDisposeScope();
        var continued = Reflection.Pad(hr, scale * border, scale * border, scale * border, scale * border);
        // What they rebuild outside is cut off.
        var everywhere = nn.functional.pad(kernels, [border, border, border, border], TorchSharp.PaddingModes.Replicate);
        return LocalFilter.Degrade(continued, everywhere, scale)
            .narrow(2, border, kernels.shape[2]).narrow(3, border, kernels.shape[3]).MoveToOuterDisposeScope();
    }

    /// <summary>Values in [-1, 1] rounded to the nearest of 256 levels, clipped.</summary>
    public static Tensor Quantise(Tensor image)
    {
        using var scope = NewDisposeScope();
        return image.Plus(1).Times(127.5).round().Between(0, 255).Over(127.5).Plus(-1).MoveToOuterDisposeScope();
    }
}
