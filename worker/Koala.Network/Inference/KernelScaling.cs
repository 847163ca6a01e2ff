using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>Kernels made wider or narrower about their middle (what paper, Fig. 6, does with blur that the network is wrong about).</summary>
internal static class KernelScaling
{
    private const int Side = LocalFilter.DegradationSide;

    /// <summary>
    /// <c>(N, 400, H, W) → (N, 400, H, W)</c> of the same type, sum 1: every tap moves to <paramref name="factor"/> times its distance from
    /// the middle and is spread there by Keys' cubic kernel, which keeps second moments: they become factor² times as large. What would lie
    /// beyond the 20×20 taps is cut off.
    /// </summary>
    public static Tensor Scale(Tensor kernels, float factor)
    {
        using var scope = NewDisposeScope();
        var (n, h, w) = (kernels.shape[0], kernels.shape[2], kernels.shape[3]);
        var axis = tensor(Weights(factor), device: kernels.device).to_type(kernels.dtype);
        // Channels-last memory is rows of kernels: two small matrix products for each.
        var taps = kernels.permute(0, 2, 3, 1).reshape(-1, Side, Side);
        var scaled = axis.matmul(taps).matmul(axis.transpose(0, 1)).view(n, h, w, Side * Side).permute(0, 3, 1, 2);
        return scaled.div_(scaled.sum([1], keepdim: true)).MoveToOuterDisposeScope();
    }

    // (20, 20): how much of tap j comes to tap i.
    private static float[,] Weights(float factor)
    {
        var weights = new float[Side, Side];
        // As wide as the taps' new distance, but never narrower than a pixel.
        var width = Math.Max(1, factor);
        for (var i = 0; i < Side; i++)
            for (var j = 0; j < Side; j++)
            {
                var distance = i - (Side - 1) / 2f - factor * (j - (Side - 1) / 2f);
                weights[i, j] = (float)Bicubic.Kernel(Math.Abs(distance) / width) / width;
            }

        return weights;
    }
}
