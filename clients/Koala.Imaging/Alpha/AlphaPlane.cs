using Koala.Client.Layers;
using Koala.Imaging.Output;
using NetVips;

namespace Koala.Imaging.Alpha;

/// <summary>
/// Alpha at the output's size, enlarged on a way of its own: what the network would invent on an edge of transparency would be seen as a
/// fringe.
/// </summary>
/// <remarks>Enlarged by <see cref="RowEnlarger"/> as plug-ins enlarge it, never beyond its neighbours: opaque stays exactly opaque. A smaller
/// target is reached by means, which stay between these too.</remarks>
internal sealed class AlphaPlane : IDisposable
{
    private readonly AlphaRows _rows;
    private readonly RowSource _source;

    /// <param name="alpha">Alpha at the photograph's size, read from top to bottom; disposed of with this.</param>
    /// <param name="format">Its samples.</param>
    /// <param name="scale">Enlarged pixels per pixel and direction.</param>
    /// <param name="width">Pixels in the end, at most those of the enlargement.</param>
    /// <param name="height">Pixels in the end.</param>
    public AlphaPlane(Image alpha, SampleFormat format, int scale, int width, int height)
    {
        _rows = new AlphaRows(alpha, format, scale);
        _source = new RowSource(_rows, alpha.Width * scale, alpha.Height * scale, 1, format);
        var enlarged = Image.TiffloadSource(_source.Source, access: Enums.Access.Sequential, failOn: Enums.FailOn.Truncated);
        if ((width, height) == (enlarged.Width, enlarged.Height))
        {
            Image = enlarged;
            return;
        }
        using (enlarged)
            Image = enlarged.Reduced(width, height, Enums.Kernel.Linear);
    }

    /// <summary>To be read from top to bottom.</summary>
    public Image Image { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Image.Dispose();
        _source.Dispose();
        _rows.Dispose();
    }

    /// <summary>The enlarged rows, computed as they are read.</summary>
    private sealed class AlphaRows : Stream
    {
        private readonly Image _alpha;
        private readonly Region _region;
        private readonly SampleFormat _format;
        private readonly RowEnlarger _enlarger;
        private readonly float[] _values;
        private readonly byte[] _row;
        private readonly long _length;
        private int _used;
        private long _read;

        public AlphaRows(Image alpha, SampleFormat format, int scale)
        {
            (_alpha, _region, _format) = (alpha, Region.New(alpha), format);
            _enlarger = new RowEnlarger(alpha.Width, alpha.Height, 1, scale, limited: true, Fetch);
            _values = new float[alpha.Width * scale];
            _row = new byte[_values.Length * format.Bytes()];
            _used = _row.Length;
            _length = (long)_row.Length * alpha.Height * scale;
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => _length;

        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_read == _length)
                return 0;
            if (_used == _row.Length)
            {
                _enlarger.Next(_values);
                Samples.Encode(_format.Bytes(), _values, _row);
                _used = 0;
            }
            var read = Math.Min(count, _row.Length - _used);
            _row.AsSpan(_used, read).CopyTo(buffer.AsSpan(offset));
            _used += read;
            _read += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _region.Dispose();
            _alpha.Dispose();
            base.Dispose(disposing);
        }

        private void Fetch(int y, Span<float> values) => Samples.Decode(_format.Bytes(), _region.Fetch(0, y, _alpha.Width, 1), values);
    }
}
