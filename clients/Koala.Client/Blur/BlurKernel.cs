namespace Koala.Client;

/// <summary>
/// A kernel k_d as the network estimates them or is given one: 20×20 taps in HR pixels with the sum 1, their middle between the tenth and
/// the eleventh. It is the blur and, within it, the cubic kernel that takes LR pixels off an even number of HR pixels.
/// </summary>
public sealed class BlurKernel
{
    /// <summary>Taps of a side.</summary>
    public const int Side = 20;

    // Taps of a side of the Gaussians that the network was trained on.
    private const int GaussianSide = 15;

    private const double Middle = (Side - 1) / 2.0;

    private readonly float[] _taps;

    /// <summary>A kernel of taps that are there already; they are normalised.</summary>
    /// <param name="taps">400, row by row.</param>
    /// <exception cref="ArgumentException">There are not 400, or they have no sum above 0 that is finite.</exception>
    public BlurKernel(ReadOnlySpan<float> taps)
    {
        if (taps.Length != Side * Side)
            throw new ArgumentException($"Expected {Side * Side} taps but got {taps.Length}.", nameof(taps));
        _taps = Normalised([.. taps]);
    }

    private BlurKernel(double[] taps) => _taps = Normalised(taps);

    /// <summary>400 taps, row by row.</summary>
    public ReadOnlySpan<float> Taps => _taps;

    /// <summary>A Gaussian, as the network was trained on.</summary>
    /// <param name="sigma1">Standard deviation along the first axis in HR pixels, above 0; 0.2 to 4 in the training.</param>
    /// <param name="sigma2">Standard deviation along the second axis.</param>
    /// <param name="angle">Direction of the first axis in radians, from the right towards the lower edge.</param>
    public static BlurKernel Gaussian(double sigma1, double sigma2, double angle)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma2);
        // exp(−½ xᵀ Σ⁻¹ x) with Σ⁻¹ = U diag(1/σ₁², 1/σ₂²) Uᵀ.
        var (sin, cos) = Math.SinCos(angle);
        var (a, b) = (1 / (sigma1 * sigma1), 1 / (sigma2 * sigma2));
        var (xx, xy, yy) = (cos * cos * a + sin * sin * b, sin * cos * (a - b), sin * sin * a + cos * cos * b);
        var values = new double[GaussianSide * GaussianSide];
        for (var i = 0; i < values.Length; i++)
        {
            var (y, x) = (i / GaussianSide - GaussianSide / 2, i % GaussianSide - GaussianSide / 2);
            values[i] = Math.Exp(-0.5 * (xx * x * x + 2 * xy * x * y + yy * y * y));
        }
        return Resampled(values, GaussianSide, (GaussianSide - 1) / 2.0, (GaussianSide - 1) / 2.0, 1);
    }

    /// <summary>A measured point spread function: normalised, its centroid brought to the middle, what reaches beyond 20×20 taps cut off.</summary>
    /// <param name="values">Row by row.</param>
    /// <param name="width">Of a row.</param>
    /// <param name="pixel">HR pixels that one of its pixels is wide: 1 where it was measured on a picture of the enlarged size, the scale
    /// where it was measured on the photograph.</param>
    /// <exception cref="ArgumentException">The values are no rows of that width, or have no sum above 0 that is finite.</exception>
    public static BlurKernel Measured(ReadOnlySpan<float> values, int width, double pixel = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pixel);
        if (values.Length == 0 || values.Length % width != 0)
            throw new ArgumentException($"Expected rows of {width} values but got {values.Length} values.", nameof(values));
        var copy = new double[values.Length];
        for (var i = 0; i < copy.Length; i++)
            copy[i] = values[i];
        var (x, y) = Centroid(copy, width);
        return Resampled(copy, width, x, y, pixel);
    }

    /// <summary>The mean of kernels with weights.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static BlurKernel Mean(IEnumerable<(BlurKernel Kernel, double Weight)> kernels)
    {
        ArgumentNullException.ThrowIfNull(kernels);
        var sum = new double[Side * Side];
        foreach (var (kernel, weight) in kernels)
        {
            for (var i = 0; i < sum.Length; i++)
                sum[i] += weight * kernel._taps[i];
        }
        return new BlurKernel(sum);
    }

    /// <summary>
    /// Moved by whole pixels so that its centroid comes nearest to the middle. Estimates are right but for such a shift, which the paper
    /// therefore leaves out of account (Eq. 9).
    /// </summary>
    public BlurKernel Centred()
    {
        var (x, y) = Centroid([.. _taps], Side);
        var (dx, dy) = (Shift(x), Shift(y));
        if (dx == 0 && dy == 0)
            return this;
        var moved = new double[Side * Side];
        for (var i = Math.Max(0, dy); i < Math.Min(Side, Side + dy); i++)
            for (var j = Math.Max(0, dx); j < Math.Min(Side, Side + dx); j++)
                moved[Side * i + j] = _taps[Side * (i - dy) + j - dx];
        return new BlurKernel(moved);

        // A kernel of noise may have its centroid anywhere.
        static int Shift(double centroid) => (int)Math.Clamp(Math.Round(Middle - centroid), -Side / 2, Side / 2);
    }

    /// <summary>Its second moments about the centroid.</summary>
    public Blur Shape()
    {
        var (cx, cy) = Centroid([.. _taps], Side);
        var (xx, yy, xy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < _taps.Length; i++)
        {
            var (y, x) = (i / Side - cy, i % Side - cx);
            (xx, yy, xy) = (xx + _taps[i] * x * x, yy + _taps[i] * y * y, xy + _taps[i] * x * y);
        }
        return Blur.FromCovariance(xx, yy, xy);
    }

    // Every value moves to its place relative to the centre and is spread there by the cubic kernel, at least a pixel wide. Half a pixel
    // from the taps, as values of an odd number are, that is the paper's k_b.
    private static BlurKernel Resampled(double[] values, int width, double centreX, double centreY, double pixel)
    {
        var (rows, columns) = (Weights(values.Length / width, centreY), Weights(width, centreX));
        var taps = new double[Side * Side];
        for (var v = 0; v < values.Length; v++)
        {
            var (row, column) = (rows[v / width], columns[v % width]);
            for (var i = 0; i < Side; i++)
            {
                if (row[i] == 0)
                    continue;
                for (var j = 0; j < Side; j++)
                    taps[Side * i + j] += values[v] * row[i] * column[j];
            }
        }
        return new BlurKernel(taps);

        double[][] Weights(int length, double centre) =>
            [.. Enumerable.Range(0, length).Select(n => Enumerable.Range(0, Side)
                .Select(i => Cubic(Math.Abs(i - Middle - pixel * (n - centre)) / Math.Max(1, pixel))).ToArray())];
    }

    // Keys, 1981, a = −0.5.
    private static double Cubic(double x) => x switch
    {
        <= 1 => (1.5 * x - 2.5) * x * x + 1,
        < 2 => ((-0.5 * x + 2.5) * x - 4) * x + 2,
        _ => 0,
    };

    private static (double X, double Y) Centroid(double[] values, int width)
    {
        var (sum, x, y) = (0.0, 0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
            (sum, x, y) = (sum + values[i], x + values[i] * (i % width), y + values[i] * (i / width));
        return (x / sum, y / sum);
    }

    private static float[] Normalised(double[] taps)
    {
        var sum = taps.Sum();
        return double.IsFinite(sum) && sum > 0
            ? [.. taps.Select(tap => (float)(tap / sum))]
            : throw new ArgumentException($"Expected values with a finite sum above 0 but got {sum}.", nameof(taps));
    }
}
