using System.Buffers.Binary;
using NetVips;

namespace Koala.Imaging.Output;

/// <summary>
/// Rows that are still arriving, presented to libvips as an uncompressed BigTIFF: a header made up from the picture's
/// sizes, behind it the rows as they come, one strip each.
/// </summary>
/// <remarks>Of all that libvips reads in every build, only TIFF takes rows of all samples as they are. The header can be
/// read again and again, the rows once and in order.</remarks>
internal sealed class RowSource : IDisposable
{
    private readonly byte[] _header;
    private readonly Stream _rows;
    private readonly long _length;
    private long _position;
    private long _arrived;

    /// <param name="rows">Rows without padding, samples little-endian.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    /// <param name="samples">Of the rows.</param>
    public RowSource(Stream rows, int width, int height, int channels, SampleFormat samples)
    {
        var bytesPerRow = (long)width * channels * samples.Bytes();
        _rows = rows;
        _header = Header(width, height, channels, samples, bytesPerRow);
        _arrived = _header.Length;
        _length = _header.Length + height * bytesPerRow;
        Source = new SourceCustom();
        Source.OnRead += Read;
        Source.OnSeek += Seek;
    }

    /// <summary>What libvips reads from.</summary>
    public SourceCustom Source { get; }

    /// <inheritdoc/>
    public void Dispose() => Source.Dispose();

    private int Read(byte[] buffer, int count)
    {
        var read = -1; // An error: these rows have gone, or have not come yet.
        if (_position < _header.Length)
        {
            read = Math.Min(count, _header.Length - (int)_position);
            Array.Copy(_header, _position, buffer, 0, read);
        }
        else if (_position == _arrived)
        {
            read = _rows.Read(buffer, 0, count);
            _arrived += read;
        }
        _position += Math.Max(read, 0);
        return read;
    }

    private long Seek(long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => _length + offset,
    };

    /// <summary>What stands before rows in the file.</summary>
    internal static byte[] Header(int width, int height, int channels, SampleFormat samples, long bytesPerRow)
    {
        // Entries of 20 bytes between the file's 16 bytes of header, a count and a pointer to no further directory;
        // values of up to 8 bytes are in their entry, the two tables of strips follow.
        const int Entries = 10;
        const int Tables = 16 + 8 + Entries * 20 + 8;
        var header = new byte[Tables + (height > 1 ? 2 * 8 * height : 0)];
        var end = 0;
        // The same short number for every channel.
        var eachChannel = channels == 1 ? 1 : 0x1_0001_0001;

        Put(0x002b_4949, 4); // "II" for little-endian, 43 for BigTIFF
        Put(8, 4); // bytes of an offset
        Put(16, 8); // place of the directory
        Put(Entries, 8);
        PutEntry(256, width);
        PutEntry(257, height);
        PutEntry(258, 8 * samples.Bytes() * eachChannel, Short, channels);
        PutEntry(259, 1); // not compressed
        PutEntry(262, channels == 1 ? 1 : 2); // grey with 0 for black, or RGB
        PutEntry(273, height > 1 ? Tables : header.Length, Long8, height); // places of the strips
        PutEntry(277, channels);
        PutEntry(278, 1); // rows of a strip
        PutEntry(279, height > 1 ? Tables + 8L * height : bytesPerRow, Long8, height); // lengths of the strips
        PutEntry(339, (samples == SampleFormat.F32 ? 3 : 1) * eachChannel, Short, channels); // float, or unsigned
        Put(0, 8);
        for (var row = 0; row < height && height > 1; row++)
            Put(header.Length + row * bytesPerRow, 8);
        for (var row = 0; row < height && height > 1; row++)
            Put(bytesPerRow, 8);
        return header;

        void PutEntry(int tag, long value, int type = Long8, int count = 1)
        {
            Put(tag, 2);
            Put(type, 2);
            Put(count, 8);
            Put(value, 8);
        }

        void Put(long value, int bytes)
        {
            Span<byte> all = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(all, value);
            all[..bytes].CopyTo(header.AsSpan(end));
            end += bytes;
        }
    }

    // Types of TIFF values.
    private const int Short = 3;
    private const int Long8 = 16;
}
