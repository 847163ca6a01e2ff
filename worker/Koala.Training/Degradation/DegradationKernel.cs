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

    /// <summary>σ₁, σ₂ ~ U(0.2, 4), θ ~ U(0, π/2).</summary>
    public static DegradationKernel Random(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return new DegradationKernel(Sigma(), Sigma(), random.NextDouble() * Math.PI / 2);

        double Sigma() => MinimumSigma + (MaximumSigma - MinimumSigma) * random.NextDouble();
    }

    /// <summary>The kernel's 400 taps, row by row; their sum is 1.</summary>
    public float[] Taps() => Client.BlurKernel.Gaussian(Sigma1, Sigma2, Theta).Taps.ToArray();
}
