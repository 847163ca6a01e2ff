namespace Koala.Imaging.Analysis;

/// <summary>
/// The grid of 8×8 pixels that JPEG leaves: how much more neighbours differ across its lines than beside them. The grid may lie anywhere,
/// because photographs are cut after they were compressed.
/// </summary>
/// <remarks>A difference is compared with the two beside it, so that slopes and texture cancel; strong edges count as 16 levels at most. An excess
/// in levels told strongly compressed photographs from others better than the ratio of the differences did, which is large in smooth
/// skies at any quality.</remarks>
internal sealed class BlockGrid
{
    private const int Side = 8;
    private const float Most = 16;
    // Differences at each place of a line: with fewer, chance alone makes one line stand out. Photographs of 64×64 pixels have them.
    private const int Fewest = 256;

    private readonly Phases _columns = new();
    private readonly Phases _rows = new();

    /// <summary>In levels, the mean of both directions.</summary>
    public double Excess => (_columns.Excess + _rows.Excess) / 2;

    /// <summary>Looks at a band.</summary>
    /// <param name="band">The band.</param>
    /// <param name="top">Number of its first row.</param>
    public void Add(Band band, int top)
    {
        for (var y = 0; y < Band.Rows; y++)
            AddAlong(band.Green[y]);
        for (var y = 2; y < Band.Rows - 1; y++)
            AddAcross(band.Green, y, (top + y) % Side);
    }

    private void AddAlong(ReadOnlySpan<float> row)
    {
        Span<float> sums = stackalloc float[Side];
        Span<int> counts = stackalloc int[Side];
        sums.Clear();
        counts.Clear();
        for (var x = 2; x < row.Length - 1; x++)
        {
            sums[x % Side] += ExcessOf(row[x - 2], row[x - 1], row[x], row[x + 1]);
            counts[x % Side]++;
        }
        for (var phase = 0; phase < Side; phase++)
            _columns.Add(phase, sums[phase], counts[phase]);
    }

    private void AddAcross(Band.Plane plane, int y, int phase)
    {
        var a = plane[y - 2];
        var b = plane[y - 1];
        var c = plane[y];
        var d = plane[y + 1];
        var sum = 0f;
        for (var x = 0; x < a.Length; x++)
            sum += ExcessOf(a[x], b[x], c[x], d[x]);
        _rows.Add(phase, sum, a.Length);
    }

    private static float ExcessOf(float a, float b, float c, float d) =>
        Math.Clamp(Math.Abs(c - b) - (Math.Abs(b - a) + Math.Abs(d - c)) / 2, -Most, Most);

    /// <summary>Mean excess at each of the places that a line of the grid can have.</summary>
    private sealed class Phases
    {
        private readonly double[] _sums = new double[Side];
        private readonly long[] _counts = new long[Side];

        public void Add(int phase, double sum, int count)
        {
            _sums[phase] += sum;
            _counts[phase] += count;
        }

        /// <summary>That of the most likely line over that of the others; 0 where the photograph is too small to tell.</summary>
        public double Excess
        {
            get
            {
                if (_counts.Any(count => count < Fewest))
                    return 0;
                var means = _sums.Zip(_counts, (sum, count) => sum / count).Order().ToArray();
                return means[^1] - means[..^1].Average();
            }
        }
    }
}
