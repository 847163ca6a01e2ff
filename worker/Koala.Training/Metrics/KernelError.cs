namespace Koala.Training.Metrics;

/// <summary>Distance of two kernels (paper, Eq. 9).</summary>
public static class KernelError
{
    private const int Side = Network.LocalFilter.DegradationSide;

    /// <summary>
    /// The smallest sum of squared differences over integer shifts of the estimated kernel (400 taps each), which moves in
    /// zeros.
    /// </summary>
    public static double Smallest(ReadOnlySpan<float> estimated, ReadOnlySpan<float> truth)
    {
        var smallest = double.MaxValue;
        for (var dy = -Side / 2; dy <= Side / 2; dy++)
            for (var dx = -Side / 2; dx <= Side / 2; dx++)
                smallest = Math.Min(smallest, Shifted(estimated, truth, dy, dx));
        return smallest;
    }

    private static double Shifted(ReadOnlySpan<float> estimated, ReadOnlySpan<float> truth, int dy, int dx)
    {
        var sum = 0.0;
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                var (sy, sx) = (y - dy, x - dx);
                var value = sy is >= 0 and < Side && sx is >= 0 and < Side ? estimated[sy * Side + sx] : 0;
                sum += Math.Pow(value - truth[y * Side + x], 2);
            }

        return sum;
    }
}
