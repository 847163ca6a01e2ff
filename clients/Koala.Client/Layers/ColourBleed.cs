namespace Koala.Client.Layers;

/// <summary>
/// Spreads the colours of what can be seen into what cannot. Programs leave anything under full transparency, black, white or garbage,
/// and the network would draw it into the edges.
/// </summary>
/// <remarks>
/// A transparent pixel gets the mean, weighted by alpha, of its surroundings: mostly of those within <see cref="Near"/> pixels, and where
/// these are transparent too of those within <see cref="Reach"/>. Beyond lies grey, too far from anything seen to reach it through the
/// network. Nearly transparent pixels (below <see cref="Faint"/>), whose colours are known only roughly, are mixed with that mean. Holds
/// 2 · <see cref="Reach"/> + 2 rows.
/// </remarks>
internal sealed class ColourBleed
{
    /// <summary>Rows that have to be known below the one that is asked for: what the network sees around a pixel.</summary>
    public const int Reach = 32;

    private const int Near = 4;
    // 8 levels of 255.
    private const float Faint = 8 / 255f;
    // Sums are of whole numbers, so that taking away what was added leaves nothing.
    private const int Full = 65535;
    // Lets the near pixels outweigh the far ones, which are fifty times as many.
    private const int NearWeight = 1000;

    private readonly int _width;
    private readonly int _height;
    private readonly Action<int, float[], float[]> _read;
    private readonly Row[] _ring = new Row[2 * Reach + 2];
    private readonly long[] _near;
    private readonly long[] _far;
    private int _rowsRead;
    private int _nextRow;

    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="read">Fills a row, called for each once, in order: three colours a pixel, and one alpha a pixel, 0 to 1.</param>
    public ColourBleed(int width, int height, Action<int, float[], float[]> read)
    {
        (_width, _height, _read) = (width, height, read);
        for (var i = 0; i < _ring.Length; i++)
            _ring[i] = new Row(new float[3 * width], new float[width]);
        _near = new long[4 * width];
        _far = new long[4 * width];
    }

    /// <summary>The colours of the next row.</summary>
    public void Next(Span<float> rgb)
    {
        MoveWindows();
        var row = RowAt(_nextRow++);
        row.Rgb.CopyTo(rgb);
        if (!row.HasFaint())
            return;

        Span<long> near = stackalloc long[4];
        Span<long> far = stackalloc long[4];
        for (var x = -Reach; x < _width; x++)
        {
            MoveAlong(_near, x, Near, near);
            MoveAlong(_far, x, Reach, far);
            if (x < 0 || row.Alpha[x] >= Faint)
                continue;
            var weight = NearWeight * near[3] + far[3];
            for (var channel = 0; channel < 3; channel++)
            {
                var mean = weight == 0 ? 0.5f : (float)((double)(NearWeight * near[channel] + far[channel]) / weight / Full);
                ref var value = ref rgb[3 * x + channel];
                value = mean + (value - mean) * Math.Max(row.Alpha[x], 0) / Faint;
            }
        }
    }

    private Row RowAt(int y) => _ring[y % _ring.Length];

    /// <summary>Sets the sums over columns to those around the next row.</summary>
    private void MoveWindows()
    {
        if (_nextRow > Reach)
            AddRow(_far, _nextRow - Reach - 1, -1);
        for (; _rowsRead <= Math.Min(_nextRow + Reach, _height - 1); _rowsRead++)
        {
            var row = RowAt(_rowsRead);
            _read(_rowsRead, row.Rgb, row.Alpha);
            AddRow(_far, _rowsRead, 1);
        }
        if (_nextRow > Near)
            AddRow(_near, _nextRow - Near - 1, -1);
        for (var y = _nextRow == 0 ? 0 : _nextRow + Near; y <= Math.Min(_nextRow + Near, _height - 1); y++)
            AddRow(_near, y, 1);
    }

    /// <summary>Moves the sum over the columns around a pixel one to the right; begins left of the first.</summary>
    private void MoveAlong(long[] columns, int x, int radius, Span<long> sum)
    {
        for (var channel = 0; channel < 4; channel++)
        {
            if (x + radius >= 0 && x + radius < _width)
                sum[channel] += columns[4 * (x + radius) + channel];
            if (x - radius - 1 >= 0)
                sum[channel] -= columns[4 * (x - radius - 1) + channel];
        }
    }

    // Red, green and blue times alpha, and alpha.
    private void AddRow(long[] columns, int y, int sign)
    {
        var row = RowAt(y);
        for (var x = 0; x < _width; x++)
        {
            var alpha = Whole(row.Alpha[x]) * sign;
            columns[4 * x] += Whole(row.Rgb[3 * x]) * alpha;
            columns[4 * x + 1] += Whole(row.Rgb[3 * x + 1]) * alpha;
            columns[4 * x + 2] += Whole(row.Rgb[3 * x + 2]) * alpha;
            columns[4 * x + 3] += alpha;
        }
    }

    private static long Whole(float value) => (long)(Math.Clamp(value, 0, 1) * Full);

    /// <param name="Rgb">0 to 1.</param>
    /// <param name="Alpha">0 to 1.</param>
    private sealed record Row(float[] Rgb, float[] Alpha)
    {
        public bool HasFaint()
        {
            foreach (var alpha in Alpha)
                if (alpha < Faint)
                    return true;
            return false;
        }
    }
}
