using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>
/// First and second moments of degradation kernels. They are linear in the taps, whatever their signs, so that positive and negative
/// errors of an estimate cancel out.
/// </summary>
public static class KernelMoments
{
    /// <summary>Moments of a kernel: E[x], E[y], E[x²], E[y²], E[xy], from the middle of the kernel in HR pixels.</summary>
    public const int Count = 5;

    private const int Side = LocalFilter.DegradationSide;

    // Of the Gaussians that the network was trained on (paper, section 4): HR pixels, and the reach of their 15×15 taps.
    private const double SmallestSigma = 0.2;
    private const double LargestSigma = 4;
    private const double SigmaStep = 0.01;
    private const int GaussianReach = 7;

    // Variance of a Gaussian's taps, which are sampled and cut off, for every σ from the smallest on.
    private static readonly double[] TapVariances = [.. Enumerable.Range(0, (int)Math.Round((LargestSigma - SmallestSigma) / SigmaStep) + 1)
        .Select(i => TapVariance(SmallestSigma + i * SigmaStep))];

    /// <summary>Kernels (N, 400, H, W) with the sum 1 → moments (N, 5, H, W), float32.</summary>
    public static Tensor Of(Tensor kernels)
    {
        using var matrix = Matrix(kernels.device);
        using var weight = matrix.view(Count, Side * Side, 1, 1);
        return nn.functional.conv2d(kernels, weight);
    }

    /// <summary>Moments (N, 5, H, W) of kernels → (N, 3, H, W) on the CPU: variances along x and y and covariance of the Gaussians k_g.</summary>
    /// <remarks>The cubic k_b in them has no variance of its own (it reproduces quadratics), so nothing is to be subtracted; that k_g is
    /// sampled and cut off at 15×15 taps is made good along the two principal axes, exactly so where these lie along the rows and columns.
    /// Standard deviations come out between 0.2 and 4, the range of the training.</remarks>
    public static Tensor Covariances(Tensor moments)
    {
        using var scope = NewDisposeScope();
        var source = moments.permute(0, 2, 3, 1).to(CPU).contiguous();
        var result = empty([source.shape[0], source.shape[1], source.shape[2], 3], ScalarType.Float32);
        var (m, c) = (source.data<float>().ToArray(), new float[result.numel()]);
        for (var (i, o) = (0, 0); i < m.Length; i += Count, o += 3)
            (c[o], c[o + 1], c[o + 2]) = Gaussian(
                m[i + 2] - (double)m[i] * m[i], m[i + 3] - (double)m[i + 1] * m[i + 1], m[i + 4] - (double)m[i] * m[i + 1]);
        result = tensor(c).view(result.shape);
        return result.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>(5, 400): what every tap adds to every moment.</summary>
    internal static Tensor Matrix(Device device)
    {
        var matrix = new float[Count, Side * Side];
        for (var i = 0; i < Side; i++)
            for (var j = 0; j < Side; j++)
            {
                var (y, x) = (i - (Side - 1) / 2f, j - (Side - 1) / 2f);
                float[] moments = [x, y, x * x, y * y, x * y];
                for (var n = 0; n < Count; n++)
                    matrix[n, Side * i + j] = moments[n];
            }

        return tensor(matrix, device: device);
    }

    /// <summary>A covariance of taps → that of the Gaussian which they were taken from, axis by axis.</summary>
    private static (float XX, float YY, float XY) Gaussian(double xx, double yy, double xy)
    {
        // What is not finite stays so: whoever encodes it finds out.
        var (mean, half) = ((xx + yy) / 2, (xx - yy) / 2);
        var radius = Math.Sqrt(half * half + xy * xy);
        var (major, minor) = (Variance(mean + radius), Variance(mean - radius));
        var (centre, spread) = ((major + minor) / 2, (major - minor) / 2);
        return radius == 0
            ? ((float)centre, (float)centre, 0)
            : ((float)(centre + spread * half / radius), (float)(centre - spread * half / radius), (float)(spread * xy / radius));
    }

    private static double Variance(double ofTaps)
    {
        if (!double.IsFinite(ofTaps))
            return ofTaps;
        var place = Array.BinarySearch(TapVariances, ofTaps);
        if (place < 0)
        {
            var above = ~place;
            if (above == 0)
                return SmallestSigma * SmallestSigma;
            if (above == TapVariances.Length)
                return LargestSigma * LargestSigma;
            var (low, high) = (TapVariances[above - 1], TapVariances[above]);
            var sigma = SmallestSigma + SigmaStep * (above - 1 + (ofTaps - low) / (high - low));
            return sigma * sigma;
        }

        return Math.Pow(SmallestSigma + SigmaStep * place, 2);
    }

    private static double TapVariance(double sigma)
    {
        var (sum, variance) = (1.0, 0.0);
        for (var x = 1; x <= GaussianReach; x++)
        {
            var tap = 2 * Math.Exp(-0.5 * x * x / (sigma * sigma));
            (sum, variance) = (sum + tap, variance + x * x * tap);
        }

        return variance / sum;
    }
}
