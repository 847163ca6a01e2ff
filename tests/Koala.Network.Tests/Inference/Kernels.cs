namespace Koala.Network.Tests.Inference;

/// <summary>Kernels of known shape.</summary>
internal static class Kernels
{
    /// <summary>A Gaussian of 15×15 taps in the middle of 20×20, half a pixel from it blended over four taps, which is what k_d is.</summary>
    public static float[] Gaussian(double sigma1, double sigma2, double theta)
    {
        var (sin, cos) = Math.SinCos(theta);
        double[] cubic = [-0.0625, 0.5625, 0.5625, -0.0625];
        var (taps, sum) = (new double[400], 0.0);
        for (var y = -7; y <= 7; y++)
            for (var x = -7; x <= 7; x++)
            {
                var (u, v) = (cos * x + sin * y, cos * y - sin * x);
                var value = Math.Exp(-0.5 * (u * u / (sigma1 * sigma1) + v * v / (sigma2 * sigma2)));
                sum += value;
                for (var i = 0; i < 4; i++)
                    for (var j = 0; j < 4; j++)
                        taps[20 * (y + 8 + i) + x + 8 + j] += cubic[i] * cubic[j] * value;
            }

        return [.. taps.Select(tap => (float)(tap / sum))];
    }

    /// <summary>(1, 400, height, width), everywhere the same.</summary>
    public static TorchSharp.torch.Tensor Everywhere(float[] kernel, int height, int width) =>
        TorchSharp.torch.tensor(kernel).view(1, 400, 1, 1).expand(1, 400, height, width).contiguous();
}
