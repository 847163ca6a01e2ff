using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using Koala.PaintDotNet.Layers;

namespace Koala.PaintDotNet.Upscaling;

/// <summary>
/// A PNG file that is written row by row, so that an image of any size needs the memory of a few rows. It lies beside its place until it is
/// whole, and replaces what is there only then.
/// </summary>
internal sealed class PngFile : IImageTarget
{
    private const int ChunkBytes = 1 << 18;
    private const byte Paeth = 4;

    private readonly string _path;
    private readonly string _beside;
    private readonly FileStream _file;
    private readonly MemoryStream _compressed = new();
    private readonly ZLibStream _zlib;
    private byte[] _row;
    private byte[] _above;
    private readonly byte[] _filtered;

    /// <summary>Begins the file.</summary>
    /// <param name="path">Its place.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="colourProfile">ICC profile; empty for sRGB.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written.</exception>
    public PngFile(string path, int width, int height, ReadOnlyMemory<byte> colourProfile = default)
    {
        _path = Path.GetFullPath(path);
        _beside = Path.Combine(Path.GetDirectoryName(_path)!, $".{Path.GetFileName(_path)}.{Guid.NewGuid():N}.part");
        _file = new FileStream(_beside, FileMode.CreateNew);
        _zlib = new ZLibStream(_compressed, CompressionLevel.Fastest, leaveOpen: true);
        _row = new byte[width * Bgra.PixelBytes];
        _above = new byte[_row.Length];
        _filtered = new byte[_row.Length + 1];

        _file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        // 8 bits, RGB and alpha, deflate, adaptive filters, not interlaced.
        (header[8], header[9]) = (8, 6);
        WriteChunk("IHDR", header);
        if (colourProfile.IsEmpty)
            WriteChunk("sRGB", [0]);
        else
            WriteChunk("iCCP", Profile(colourProfile.Span));
    }

    /// <inheritdoc/>
    public void WriteRows(ReadOnlySpan<byte> bgra)
    {
        for (; !bgra.IsEmpty; bgra = bgra[_row.Length..])
        {
            bgra[.._row.Length].CopyTo(_row);
            Bgra.SwapRedAndBlue(_row);
            Filter();
            _zlib.Write(_filtered);
            (_row, _above) = (_above, _row);
            if (_compressed.Length >= ChunkBytes)
                Drain();
        }
    }

    /// <inheritdoc/>
    public void Complete()
    {
        _zlib.Dispose();
        Drain();
        WriteChunk("IEND", []);
        _file.Dispose();
        File.Move(_beside, _path, overwrite: true);
    }

    public void Dispose()
    {
        _zlib.Dispose();
        _file.Dispose();
        File.Delete(_beside);
    }

    private void Filter()
    {
        _filtered[0] = Paeth;
        for (var i = 0; i < _row.Length; i++)
        {
            var (left, corner) = i < Bgra.PixelBytes ? ((byte)0, (byte)0) : (_row[i - Bgra.PixelBytes], _above[i - Bgra.PixelBytes]);
            var up = _above[i];
            var (toLeft, toUp, toCorner) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - 2 * corner));
            var predicted = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
            _filtered[i + 1] = (byte)(_row[i] - predicted);
        }
    }

    private void Drain()
    {
        WriteChunk("IDAT", _compressed.GetBuffer().AsSpan(0, (int)_compressed.Length));
        _compressed.SetLength(0);
    }

    private void WriteChunk(string type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        _file.Write(number);
        var name = Encoding.ASCII.GetBytes(type);
        _file.Write(name);
        _file.Write(data);
        var checksum = new Crc32();
        checksum.Append(name);
        checksum.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, checksum.GetCurrentHashAsUInt32());
        _file.Write(number);
    }

    // A name, the method (deflate), and the profile.
    private static byte[] Profile(ReadOnlySpan<byte> profile)
    {
        using var chunk = new MemoryStream();
        chunk.Write("ICC profile\0\0"u8);
        using (var zlib = new ZLibStream(chunk, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(profile);
        return chunk.ToArray();
    }
}
