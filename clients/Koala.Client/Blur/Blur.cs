namespace Koala.Client;

/// <summary>The blur of one pixel as a Gaussian: an ellipse, in HR pixels.</summary>
/// <param name="SigmaMajor">Standard deviation along the longer axis.</param>
/// <param name="SigmaMinor">Standard deviation along the shorter axis.</param>
/// <param name="Angle">Direction of the longer axis in radians, 0 to π, from the right towards the lower edge.</param>
public readonly record struct Blur(float SigmaMajor, float SigmaMinor, float Angle)
{
    /// <summary>The ellipse of a covariance.</summary>
    /// <param name="xx">Variance along x.</param>
    /// <param name="yy">Variance along y, downwards.</param>
    /// <param name="xy">Covariance.</param>
    public static Blur FromCovariance(double xx, double yy, double xy)
    {
        var (mean, half) = ((xx + yy) / 2, (xx - yy) / 2);
        var radius = Math.Sqrt(half * half + xy * xy);
        var angle = Math.Atan2(xy, half) / 2;
        return new Blur(
            (float)Math.Sqrt(Math.Max(0, mean + radius)), (float)Math.Sqrt(Math.Max(0, mean - radius)),
            (float)(angle < 0 ? angle + Math.PI : angle));
    }
}

/// <summary>
/// Receives finished rows of a blur map, from top to bottom, as <see cref="RowWriter"/> does those of a picture.
/// </summary>
/// <param name="y">The first row, in LR pixels from the top; the row after the last one received.</param>
/// <param name="rows">Whole rows of the image's width; valid only until the call completes.</param>
/// <param name="cancellationToken">Cancelled when the job ends early.</param>
public delegate ValueTask BlurWriter(int y, ReadOnlyMemory<Blur> rows, CancellationToken cancellationToken);
