using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Koala.Imaging.Metadata;

/// <summary>
/// IPTC's captions and keywords (IIM records): bare in a TIFF, wrapped as a Photoshop resource in a JPEG, as hexadecimal text
/// in a PNG. libvips hands over what it finds and writes what it is given.
/// </summary>
internal static class IptcBlock
{
    private const int Resource = 0x0404;
    // Of a PNG's last chunk, IEND.
    private const int EndBytes = 12;

    private static ReadOnlySpan<byte> Photoshop => "Photoshop 3.0\0"u8;

    /// <summary>The bare records of a block in any of its forms; empty if there are none.</summary>
    public static byte[] Records(ReadOnlySpan<byte> block)
    {
        if (block.StartsWith(Photoshop))
            block = block[Photoshop.Length..];
        if (!block.StartsWith("8BIM"u8))
            return block.StartsWith((ReadOnlySpan<byte>)[0x1c]) ? block.ToArray() : [];
        // A resource: "8BIM", its number, its name with its length, its data with their length; both of even length.
        while (block.Length >= 12 && block.StartsWith("8BIM"u8))
        {
            var number = BinaryPrimitives.ReadUInt16BigEndian(block[4..]);
            var data = 6 + ((block[6] + 2) & ~1);
            if (data + 4 > block.Length)
                break;
            var length = BinaryPrimitives.ReadUInt32BigEndian(block[data..]);
            if (length > block.Length - data - 4)
                break;
            if (number == Resource)
                return block.Slice(data + 4, (int)length).ToArray();
            block = block[Math.Min(block.Length, data + 4 + (((int)length + 1) & ~1))..];
        }
        return [];
    }

    /// <summary>As a JPEG has it.</summary>
    public static byte[] ForJpeg(byte[] records)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, records.Length);
        return [.. Photoshop, .. "8BIM"u8, Resource >> 8, Resource & 0xff, 0, 0, .. length, .. records, .. new byte[records.Length % 2]];
    }

    /// <summary>Adds a text to a finished PNG, in ImageMagick's way, which others read too.</summary>
    public static void AddToPng(Stream png, byte[] records)
    {
        var text = new StringBuilder("tEXtRaw profile type iptc\0");
        text.Append(CultureInfo.InvariantCulture, $"\niptc\n{records.Length,8}\n");
        foreach (var line in records.Chunk(36))
            text.Append(Convert.ToHexStringLower(line)).Append('\n');
        // A chunk is its length without name, its name and data, and their checksum; before the last one, which has none.
        Span<byte> end = stackalloc byte[EndBytes];
        png.Position = png.Length - EndBytes;
        png.ReadExactly(end);
        png.Position = png.Length - EndBytes;
        var chunk = Encoding.ASCII.GetBytes(text.ToString());
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, chunk.Length - 4);
        png.Write(number);
        png.Write(chunk);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(chunk));
        png.Write(number);
        png.Write(end);
    }
}
