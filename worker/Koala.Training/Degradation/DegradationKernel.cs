namespace Koala.Training.Degradation;

/// <summary>
/// A blur kernel k_d = k_b * k_g (paper, Eq. 1): the cubic downscaling kernel, 20×20 without anti-aliasing, convolved with an
/// anisotropic Gaussian, 15×15.
/// </summary>
/// <param name="Sigma1">Standard deviation along the first axis in HR pixels.</param>
/// <param name="Sigma2">Standard deviation along the second axis in HR pixels.</param>
/// <param name="Theta">Rotation of the axes in radians.</param>
public readonly record struct DegradationKernel(double Sigma1, double Sigma2, double Theta)
{
    /// <summary>Side of k_d in HR pixels.</summary>
    public const int Side = Network.LocalFilter.DegradationSide;

    /// <summary>Smallest standard deviation that is drawn, in HR pixels (paper, section 4).</summary>
    public const double MinimumSigma = 0.2;

    /// <summary>Largest standard deviation that is drawn, in HR pixels (paper, section 4).</summary>
    public const double MaximumSigma = 4.0;

    private const int GaussianSide = 15;

    // k_b's only taps that are not zero, at ±0.5 and ±1.5: the cubic kernel with a = −0.5.
    private static readonly double[] Cubic = [-0.0625, 0.5625, 0.5625, -0.0625];

    /// <summary>σ₁, σ₂ ~ U(0.2, 4), θ ~ U(0, π/2).</summary>
    public static DegradationKernel Random(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return new DegradationKernel(Sigma(), Sigma(), random.NextDouble() * Math.PI / 2);

        double Sigma() => MinimumSigma + (MaximumSigma - MinimumSigma) * random.NextDouble();
    }

    /// <summary>The kernel's 400 taps, row by row; their sum is 1.</summary>
    public float[] Taps()
    {
        var gaussian = Gaussian();
        var taps = new float[Side * Side];
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
                taps[y * Side + x] = (float)Convolved(gaussian, y, x);
        return taps;
    }

    // exp(−½ xᵀ Σ⁻¹ x) with Σ⁻¹ = U diag(1/σ₁², 1/σ₂²) Uᵀ, normalised.
    private double[] Gaussian()
    {
        var (sin, cos) = Math.SinCos(Theta);
        var (a, b) = (1 / (Sigma1 * Sigma1), 1 / (Sigma2 * Sigma2));
        var (xx, xy, yy) = (cos * cos * a + sin * sin * b, sin * cos * (a - b), sin * sin * a + cos * cos * b);
        var values = new double[GaussianSide * GaussianSide];
        for (var i = 0; i < values.Length; i++)
        {
            var (y, x) = (i / GaussianSide - GaussianSide / 2, i % GaussianSide - GaussianSide / 2);
            values[i] = Math.Exp(-0.5 * (xx * x * x + 2 * xy * x * y + yy * y * y));
        }

        var sum = values.Sum();
        return [.. values.Select(v => v / sum)];
    }

    // The 'same' convolution at (y, x): k_b's four middle taps lie at 8 to 11 of 20, the Gaussian's middle at 7 of 15.
    private static double Convolved(double[] gaussian, int y, int x)
    {
        var sum = 0.0;
        for (var i = 0; i < 4; i++)
            for (var j = 0; j < 4; j++)
            {
                var (gy, gx) = (y - (8 + i) + 7, x - (8 + j) + 7);
                if (gy is >= 0 and < GaussianSide && gx is >= 0 and < GaussianSide)
                    sum += Cubic[i] * Cubic[j] * gaussian[gy * GaussianSide + gx];
            }

        return sum;
    }
}
