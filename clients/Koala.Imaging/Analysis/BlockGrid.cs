namespace Koala.Imaging.Analysis;

/// <summary>
/// The grid of 8×8 pixels that JPEG leaves: how much more neighbours differ across its lines than beside them. The grid may lie anywhere,
/// because photographs are cut after they were compressed.
/// </summary>
/// <remarks>A difference is compared with the two beside it, so that slopes and texture cancel; strong edges count as 16 levels at most, and as 4
/// along a whole line, because a door frame is no grid. An excess in levels told strongly compressed photographs from others better than the ratio of
/// the differences did, which is large in smooth skies at any quality.</remarks>
internal sealed class BlockGrid(int width)
{
    private const int Side = 8;
    private const float Most = 16;
    private const float MostOfLine = 4;
    // Differences at each place of a line: with fewer, chance alone makes one line stand out. Photographs of 128×128 pixels have them.
    private const int Fewest = 1024;
    // Of how far the other lines lie apart: so far goes chance.
    private const double Chance = 1;

    private readonly float[] _lines = new float[width];
    private readonly Phases _columns = new();
    private readonly Phases _rows = new();

    /// <summary>In levels, the mean of both directions; 0 where the photograph is too small to tell.</summary>
    public double Excess => _columns.Suffice && _rows.Suffice ? (_columns.Excess + _rows.Excess) / 2 : 0;

    /// <summary>Looks at a band.</summary>
    /// <param name="band">The band.</param>
    /// <param name="top">Number of its first row.</param>
    public void Add(Band band, int top)
    {
        Array.Clear(_lines);
        for (var y = 0; y < Band.Rows; y++)
            AddAlong(band.Green[y]);
        for (var x = 2; x < width - 1; x++)
            _columns.Add(x % Side, _lines[x], Band.Rows);
        for (var y = 2; y < Band.Rows - 1; y++)
            AddAcross(band.Green, y, (top + y) % Side);
    }

    private void AddAlong(ReadOnlySpan<float> row)
    {
        for (var x = 2; x < row.Length - 1; x++)
            _lines[x] += ExcessOf(row[x - 2], row[x - 1], row[x], row[x + 1]);
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

        public bool Suffice => _counts.All(count => count >= Fewest);

        /// <summary>Adds a piece of a line.</summary>
        /// <param name="phase">Its place.</param>
        /// <param name="sum">Of the differences along it.</param>
        /// <param name="count">Of them.</param>
        public void Add(int phase, float sum, int count)
        {
            _sums[phase] += Math.Clamp(sum, -MostOfLine * count, MostOfLine * count);
            _counts[phase] += count;
        }

        /// <summary>That of the most likely line over that of the others and over chance.</summary>
        public double Excess
        {
            get
            {
                var means = _sums.Zip(_counts, (sum, count) => sum / count).ToArray();
                var line = Array.IndexOf(means, means.Max());
                // Not those beside it: the line itself is in their differences.
                var others = Enumerable.Range(2, Side - 3).Select(i => means[(line + i) % Side]).ToArray();
                var mean = others.Average();
                var apart = Math.Sqrt(others.Average(other => (other - mean) * (other - mean)));
                return Math.Max(0, means[line] - mean - Chance * apart);
            }
        }
    }
}
