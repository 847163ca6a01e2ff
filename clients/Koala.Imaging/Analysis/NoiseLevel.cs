namespace Koala.Imaging.Analysis;

/// <summary>
/// The standard deviation of noise: that of the smoothest twentieth of blocks of 16×16 pixels, where little but noise is left of a high-pass.
/// </summary>
/// <remarks>Blocks with pixels at either end of the range are left out, because noise is cut off there, and so are those without any
/// difference, which are painted, transparent or saturated.</remarks>
internal sealed class NoiseLevel(int width)
{
    private const int Block = Band.Rows;
    // Of the taps [1, -4, 6, -4, 1] along and across: pixels to each side, and what it makes of a standard deviation of 1.
    private const int Reach = 2;
    private const double Gain = 70;
    private const double Quantile = 0.05;
    // Bins of the histogram of blocks' deviations in a level.
    private const int BinsPerLevel = 32;

    private readonly long[] _blocks = new long[64 * BinsPerLevel];
    private readonly float[] _vertical = new float[width];
    private readonly double[] _sums = new double[width / Block];

    /// <summary>In levels; 0 where there is no block to tell it from.</summary>
    public double Deviation
    {
        get
        {
            var left = (long)(Quantile * Math.Max(0, _blocks.Sum() - 1));
            for (var bin = 0; bin < _blocks.Length; bin++)
            {
                if ((left -= _blocks[bin]) < 0)
                    return (bin + 0.5) / BinsPerLevel;
            }
            return 0;
        }
    }

    /// <summary>Looks at a band.</summary>
    /// <param name="band">The band.</param>
    /// <param name="plane">What of it is measured.</param>
    public void Add(Band band, Band.Plane plane)
    {
        Array.Clear(_sums);
        for (var y = Reach; y < Block - Reach; y++)
            AddRow(plane, y);
        for (var i = 0; i < _sums.Length; i++)
        {
            // The mean of absolute values of a normal distribution is √(2/π) of its deviation.
            var side = Block - 2 * Reach;
            var deviation = Math.Sqrt(Math.PI / 2) * _sums[i] / (side * side) / Gain;
            if (deviation > 1.0 / BinsPerLevel && !IsCut(band, i * Block))
                _blocks[(int)Math.Min(deviation * BinsPerLevel, _blocks.Length - 1)]++;
        }
    }

    private void AddRow(Band.Plane plane, int y)
    {
        var a = plane[y - 2];
        var b = plane[y - 1];
        var c = plane[y];
        var d = plane[y + 1];
        var e = plane[y + 2];
        var v = _vertical.AsSpan(0, c.Length);
        for (var x = 0; x < v.Length; x++)
            v[x] = a[x] + e[x] - 4 * (b[x] + d[x]) + 6 * c[x];
        for (var i = 0; i < _sums.Length; i++)
        {
            var sum = 0f;
            for (var x = i * Block + Reach; x < (i + 1) * Block - Reach; x++)
                sum += Math.Abs(v[x - 2] + v[x + 2] - 4 * (v[x - 1] + v[x + 1]) + 6 * v[x]);
            _sums[i] += sum;
        }
    }

    private static bool IsCut(Band band, int left)
    {
        for (var y = 0; y < Block; y++)
        {
            if (band.Green[y].Slice(left, Block).ContainsAnyExceptInRange(1.5f, 253.5f))
                return true;
        }
        return false;
    }
}
