using System.Runtime.InteropServices;

namespace Koala.Imaging.Alpha;

/// <summary>Delivers one row of a picture with alpha.</summary>
/// <param name="row">Rows are asked for in order, each once.</param>
/// <param name="rgb">To be filled with three samples a pixel.</param>
/// <param name="alpha">To be filled with one value a pixel, 0 to 65535.</param>
internal delegate void AlphaRowReader(int row, Span<byte> rgb, Span<ushort> alpha);

/// <summary>
/// Spreads the colours of what can be seen into what cannot. Programs leave anything under full transparency, black, white
/// or garbage, and the network would draw it into the edges.
/// </summary>
/// <remarks>
/// A transparent pixel gets the mean, weighted by alpha, of its surroundings: mostly of those within <see cref="Near"/>
/// pixels, and where these are transparent too of those within <see cref="Far"/>. Beyond lies grey, too far from anything
/// seen to reach it through the network. Nearly transparent pixels (below <see cref="Faint"/>), whose colours are known only
/// roughly, are mixed with that mean. Holds 2 · <see cref="Far"/> + 2 rows.
/// </remarks>
internal sealed class ColourBleed
{
    private const int Near = 4;
    // What the network sees around a pixel.
    private const int Far = 32;
    // 8 levels of 255.
    private const int Faint = 8 * 257;
    // Lets the near pixels outweigh the far ones, which are fifty times as many.
    private const int NearWeight = 1000;
    private const int Grey = 32768;

    private readonly int _width;
    private readonly int _height;
    private readonly SampleFormat _format;
    private readonly AlphaRowReader _read;
    private readonly Row[] _ring = new Row[2 * Far + 2];
    private readonly long[] _near;
    private readonly long[] _far;
    private int _rowsRead;
    private int _nextRow;

    public ColourBleed(int width, int height, SampleFormat format, AlphaRowReader read)
    {
        (_width, _height, _format, _read) = (width, height, format, read);
        for (var i = 0; i < _ring.Length; i++)
            _ring[i] = new Row(new byte[3 * width * format.Bytes()], new ushort[3 * width], new ushort[width]);
        _near = new long[4 * width];
        _far = new long[4 * width];
    }

    /// <summary>The colours of the next row.</summary>
    public void Next(Span<byte> rgb)
    {
        MoveWindows();
        var row = RowAt(_nextRow++);
        row.Rgb.CopyTo(rgb);
        if (row.Alpha.AsSpan().IndexOfAnyInRange((ushort)0, (ushort)(Faint - 1)) < 0)
            return;

        Span<long> near = stackalloc long[4];
        Span<long> far = stackalloc long[4];
        for (var x = -Far; x < _width; x++)
        {
            MoveAlong(_near, x, Near, near);
            MoveAlong(_far, x, Far, far);
            if (x < 0 || row.Alpha[x] >= Faint)
                continue;
            var weight = NearWeight * near[3] + far[3];
            for (var channel = 0; channel < 3; channel++)
            {
                var mean = weight == 0 ? Grey : (NearWeight * near[channel] + far[channel]) / weight;
                var own = row.Values[3 * x + channel];
                Store(rgb, 3 * x + channel, (ushort)(mean + (own - mean) * row.Alpha[x] / Faint));
            }
        }
    }

    private Row RowAt(int y) => _ring[y % _ring.Length];

    /// <summary>Sets the sums over columns to those around the next row.</summary>
    private void MoveWindows()
    {
        if (_nextRow > Far)
            AddRow(_far, _nextRow - Far - 1, -1);
        for (; _rowsRead <= Math.Min(_nextRow + Far, _height - 1); _rowsRead++)
        {
            var row = RowAt(_rowsRead);
            _read(_rowsRead, row.Rgb, row.Alpha);
            Load(row);
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

    // Red, green and blue times alpha, and alpha: whole numbers, so that taking away what was added leaves nothing.
    private void AddRow(long[] columns, int y, int sign)
    {
        var row = RowAt(y);
        for (var x = 0; x < _width; x++)
        {
            var alpha = (long)row.Alpha[x] * sign;
            columns[4 * x] += row.Values[3 * x] * alpha;
            columns[4 * x + 1] += row.Values[3 * x + 1] * alpha;
            columns[4 * x + 2] += row.Values[3 * x + 2] * alpha;
            columns[4 * x + 3] += alpha;
        }
    }

    private void Load(Row row)
    {
        for (var i = 0; i < row.Values.Length; i++)
            row.Values[i] = _format switch
            {
                SampleFormat.U8 => (ushort)(row.Rgb[i] * 257),
                SampleFormat.U16 => MemoryMarshal.Cast<byte, ushort>(row.Rgb)[i],
                _ => (ushort)(Math.Clamp(MemoryMarshal.Cast<byte, float>(row.Rgb)[i], 0, 1) * ushort.MaxValue),
            };
    }

    private void Store(Span<byte> rgb, int index, ushort value)
    {
        if (_format == SampleFormat.U8)
            rgb[index] = (byte)((value + 128) / 257);
        else if (_format == SampleFormat.U16)
            MemoryMarshal.Cast<byte, ushort>(rgb)[index] = value;
        else
            MemoryMarshal.Cast<byte, float>(rgb)[index] = (float)value / ushort.MaxValue;
    }

    /// <param name="Rgb">As the picture has it.</param>
    /// <param name="Values">The same, 0 to 65535.</param>
    /// <param name="Alpha">0 to 65535.</param>
    private sealed record Row(byte[] Rgb, ushort[] Values, ushort[] Alpha);
}
