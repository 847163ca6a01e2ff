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

        return Quantise(cat(blurred)).MoveToOuterDisposeScope();
    }

    /// <summary>Values in [-1, 1] rounded to the nearest of 256 levels, clipped.</summary>
    public static Tensor Quantise(Tensor image)
    {
        using var scope = NewDisposeScope();
        return ((image + 1) * 127.5).round().clamp(0, 255).div(127.5).sub(1).MoveToOuterDisposeScope();
    }
}
