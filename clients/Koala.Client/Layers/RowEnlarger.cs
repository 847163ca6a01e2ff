namespace Koala.Client.Layers;

/// <summary>
/// Enlarges rows bicubically (Keys' kernel, a = −1/2) as they come, pixel centres on pixel centres, the border repeated.
/// </summary>
/// <remarks>Holds four rows. With limits a value never leaves the range of the four source pixels around it: no ringing beside an edge,
/// and what is full stays full, which alpha needs.</remarks>
public sealed class RowEnlarger
{
    private const int Taps = 4;

    private readonly int _width;
    private readonly int _height;
    private readonly int _channels;
    private readonly int _scale;
    private readonly bool _limited;
    private readonly Action<int, Span<float>> _read;
    private readonly float[][] _weights;
    private readonly float[][] _ring;
    private readonly float[] _column;
    private readonly float[] _least;
    private readonly float[] _most;
    private int _rowsRead;
    private int _nextRow;

    /// <summary>Prepares for the rows of one image.</summary>
    /// <param name="width">In source pixels.</param>
    /// <param name="height">In source pixels.</param>
    /// <param name="channels">Values of a pixel.</param>
    /// <param name="scale">Enlarged pixels per source pixel and direction.</param>
    /// <param name="limited">Whether values stay in the range of the source pixels around them.</param>
    /// <param name="read">Fills a source row; called for each once, in order.</param>
    public RowEnlarger(int width, int height, int channels, int scale, bool limited, Action<int, Span<float>> read)
    {
        (_width, _height, _channels, _scale, _limited, _read) = (width, height, channels, scale, limited, read);
        _weights = [.. Enumerable.Range(0, scale).Select(phase => Weights(Fraction(phase)))];
        _ring = [.. Enumerable.Range(0, Taps).Select(_ => new float[width * channels])];
        _column = new float[width * channels];
        _least = limited ? new float[width * channels] : [];
        _most = limited ? new float[width * channels] : [];
    }

    /// <summary>The next enlarged row, <c>scale · width · channels</c> values.</summary>
    public void Next(Span<float> row)
    {
        var (y, phase) = Math.DivRem(_nextRow++, _scale);
        // The two source rows around the enlarged one's centre are taps 1 and 2.
        var first = Source(y, phase) - 1;
        for (; _rowsRead <= Math.Min(first + Taps - 1, _height - 1); _rowsRead++)
            _read(_rowsRead, _ring[_rowsRead % Taps]);
        var (a, b, c, d) = (At(first), At(first + 1), At(first + 2), At(first + 3));
        var w = _weights[phase];
        for (var i = 0; i < _column.Length; i++)
            _column[i] = w[0] * a[i] + w[1] * b[i] + w[2] * c[i] + w[3] * d[i];
        for (var i = 0; i < _least.Length; i++)
            (_least[i], _most[i]) = b[i] < c[i] ? (b[i], c[i]) : (c[i], b[i]);
        Stretch(row);
    }

    private float[] At(int y) => _ring[Math.Clamp(y, 0, _height - 1) % Taps];

    private void Stretch(Span<float> row)
    {
        for (var x = 0; x < _width; x++)
            for (var phase = 0; phase < _scale; phase++)
            {
                var first = Source(x, phase) - 1;
                var (a, b, c, d) = (Offset(first), Offset(first + 1), Offset(first + 2), Offset(first + 3));
                var w = _weights[phase];
                var target = row.Slice((x * _scale + phase) * _channels, _channels);
                for (var channel = 0; channel < _channels; channel++)
                {
                    var value = w[0] * _column[a + channel] + w[1] * _column[b + channel] + w[2] * _column[c + channel] + w[3] * _column[d + channel];
                    target[channel] = _limited
                        ? Math.Clamp(value, Math.Min(_least[b + channel], _least[c + channel]), Math.Max(_most[b + channel], _most[c + channel]))
                        : value;
                }
            }
    }

    private int Offset(int x) => Math.Clamp(x, 0, _width - 1) * _channels;

    /// <summary>The last source pixel whose centre is not beyond the enlarged one's.</summary>
    private int Source(int position, int phase) => 2 * phase + 1 < _scale ? position - 1 : position;

    /// <summary>How far the enlarged pixel's centre lies beyond that source pixel's, in source pixels, from 0 to 1.</summary>
    private double Fraction(int phase)
    {
        var offset = (phase + 0.5) / _scale - 0.5;
        return offset < 0 ? offset + 1 : offset;
    }

    private static float[] Weights(double t) =>
    [
        (float)(t * (-0.5 + t * (1 - 0.5 * t))),
        (float)(1 + t * t * (-2.5 + 1.5 * t)),
        (float)(t * (0.5 + t * (2 - 1.5 * t))),
        (float)(t * t * (-0.5 + 0.5 * t)),
    ];
}
