using System.Buffers.Binary;

namespace Koala.Imaging.Metadata;

/// <summary>A field of a TIFF or EXIF directory.</summary>
/// <param name="Tag">Its number.</param>
/// <param name="Type">Of its values: TIFF 6.0, section 2.</param>
/// <param name="Count">Number of values.</param>
/// <param name="Data">The values, little-endian.</param>
internal sealed record TiffField(ushort Tag, ushort Type, long Count, byte[] Data)
{
    public const ushort Short = 3;
    public const ushort Long = 4;
    public const ushort Undefined = 7;
    public const ushort Long8 = 16;

    // Bytes of a value of each type, from 1: the parts that turn round with the order of bytes, and how many there are.
    private static readonly (int Bytes, int Parts)[] Types =
    [
        (0, 0), (1, 1), (1, 1), (2, 1), (4, 1), (4, 2), (1, 1), (1, 1), (2, 1), (4, 1), (4, 2), (4, 1), (8, 1), (4, 1), (0, 0), (0, 0),
        (8, 1), (8, 1), (8, 1),
    ];

    public static TiffField OfShort(ushort tag, ushort value) => new(tag, Short, 1, BitConverter.GetBytes(value));

    public static TiffField OfLong(ushort tag, uint value) => new(tag, Long, 1, BitConverter.GetBytes(value));

    /// <summary>Bytes of the values of a type; 0 for an unknown one.</summary>
    public static int BytesOf(ushort type) => type < Types.Length ? Types[type].Bytes * Types[type].Parts : 0;

    /// <summary>The first value of a type of whole numbers.</summary>
    public long? Number => (Type, Data.Length) switch
    {
        (Short, >= 2) => BinaryPrimitives.ReadUInt16LittleEndian(Data),
        (Long or 13, >= 4) => BinaryPrimitives.ReadUInt32LittleEndian(Data),
        (Long8 or 18, >= 8) => BinaryPrimitives.ReadInt64LittleEndian(Data),
        _ => null,
    };

    /// <summary>Turns values of a big-endian file into little-endian ones.</summary>
    public static void Reverse(ushort type, Span<byte> data)
    {
        for (var size = Types[type].Bytes; size > 1 && data.Length >= size; data = data[size..])
            data[..size].Reverse();
    }
}

/// <summary>A directory of fields, as TIFF files and EXIF blocks have it; classic or BigTIFF, in both orders of bytes.</summary>
internal sealed class TiffDirectory
{
    // More is damage: the largest honest field of a photograph is a maker's note.
    private const int MostFields = 4096;
    private const int MostBytes = 1 << 24;

    /// <summary>Fields by their tags.</summary>
    public SortedDictionary<ushort, TiffField> Fields { get; } = [];

    /// <summary>The order of bytes and the kind of a file, and where its first directory is.</summary>
    public readonly record struct Header(bool BigEndian, bool BigTiff, long First)
    {
        /// <summary><see langword="null"/> if this is no TIFF.</summary>
        public static Header? Read(Stream file)
        {
            Span<byte> start = stackalloc byte[16];
            file.Position = 0;
            var length = file.ReadAtLeast(start, 16, throwOnEndOfStream: false);
            if (length < 8 || start[0] != start[1] || start[0] is not ((byte)'I' or (byte)'M'))
                return null;
            var header = new Header(start[0] == 'M', false, 0);
            return header.Number(start[2..4]) switch
            {
                42 => header with { First = header.Number(start[4..8]) },
                43 when length == 16 => header with { BigTiff = true, First = header.Number(start[8..16]) },
                _ => null,
            };
        }

        /// <summary>A whole number of 2, 4 or 8 bytes.</summary>
        public long Number(ReadOnlySpan<byte> bytes)
        {
            var number = 0L;
            for (var i = 0; i < bytes.Length; i++)
                number |= (long)bytes[BigEndian ? bytes.Length - 1 - i : i] << (8 * i);
            return number;
        }
    }

    /// <summary>Reads a directory; fields that are damaged are left out.</summary>
    public static TiffDirectory Read(Stream file, Header header, long offset)
    {
        var directory = new TiffDirectory();
        var (countBytes, entryBytes, valueBytes) = header.BigTiff ? (8, 20, 8) : (2, 12, 4);
        if (ReadAt(file, offset, countBytes) is not { } count)
            return directory;
        var fields = header.Number(count);
        if (fields is < 0 or > MostFields || ReadAt(file, offset + countBytes, (int)fields * entryBytes) is not { } entries)
            return directory;
        for (var at = 0; at < entries.Length; at += entryBytes)
        {
            var entry = entries.AsSpan(at, entryBytes);
            var (tag, type) = ((ushort)header.Number(entry[..2]), (ushort)header.Number(entry[2..4]));
            var values = header.Number(entry[4..^valueBytes]);
            var bytes = values < 0 ? 0 : values * TiffField.BytesOf(type);
            if (bytes is <= 0 or > MostBytes)
                continue;
            var data = bytes <= valueBytes ? entry[^valueBytes..][..(int)bytes].ToArray() : ReadAt(file, header.Number(entry[^valueBytes..]), (int)bytes);
            if (data is null)
                continue;
            if (header.BigEndian)
                TiffField.Reverse(type, data);
            directory.Fields[tag] = new TiffField(tag, type, values, data);
        }
        return directory;
    }

    /// <summary>Adds the directory to the end of a stream, its values behind it; little-endian.</summary>
    /// <param name="file">Positions in it are those of the file.</param>
    /// <param name="bigTiff">The kind of the file.</param>
    /// <returns>Where it begins.</returns>
    public long Append(Stream file, bool bigTiff)
    {
        var (countBytes, entryBytes, valueBytes) = bigTiff ? (8, 20, 8) : (2, 12, 4);
        file.Position = file.Length;
        if (file.Position % 2 == 1)
            file.WriteByte(0);
        var start = file.Position;
        var values = start + countBytes + Fields.Count * entryBytes + valueBytes;
        var writer = new BinaryWriter(file);
        Put(Fields.Count, countBytes);
        foreach (var field in Fields.Values)
        {
            Put(field.Tag, 2);
            Put(field.Type, 2);
            Put(field.Count, valueBytes);
            if (field.Data.Length <= valueBytes)
            {
                writer.Write(field.Data);
                writer.Write(new byte[valueBytes - field.Data.Length]);
            }
            else
            {
                Put(values, valueBytes);
                values += field.Data.Length + field.Data.Length % 2;
            }
        }
        Put(0, valueBytes); // no further directory
        foreach (var field in Fields.Values.Where(field => field.Data.Length > valueBytes))
        {
            writer.Write(field.Data);
            writer.Write(new byte[field.Data.Length % 2]);
        }
        return start;

        void Put(long number, int bytes) => writer.Write(BitConverter.GetBytes(number).AsSpan(0, bytes));
    }

    private static byte[]? ReadAt(Stream file, long offset, int count)
    {
        if (offset <= 0 || offset + count > file.Length)
            return null;
        var bytes = new byte[count];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }
}
