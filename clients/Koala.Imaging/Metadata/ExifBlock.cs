namespace Koala.Imaging.Metadata;

/// <summary>What a camera has noted: EXIF, from the block that JPEG, PNG, WebP and AVIF have or from the directories of a
/// TIFF.</summary>
/// <remarks>libvips carries the block from format to format, but takes none out of a TIFF and writes none into it. Left out
/// is the directory of the thumbnail, which shows the picture as it was.</remarks>
internal sealed class ExifBlock
{
    private const ushort Orientation = 274;
    private const ushort ExifPointer = 34665;
    private const ushort GpsPointer = 34853;
    private const ushort InteroperabilityPointer = 40965;
    private const ushort Iptc = 33723;
    private const ushort PixelXDimension = 40962;
    private const ushort PixelYDimension = 40963;

    // What of a TIFF's first directory is about the photograph and not about the file: description, make, model, software,
    // date, artist, computer, rating, copyright, and what Windows notes.
    private static readonly HashSet<ushort> Descriptive =
        [270, 271, 272, 305, 306, 315, 316, 18246, 18249, 33432, 40091, 40092, 40093, 40094, 40095];

    private static ReadOnlySpan<byte> Prefix => "Exif\0\0"u8;

    private readonly TiffDirectory _image;
    private readonly TiffDirectory? _exif;
    private readonly TiffDirectory? _gps;
    private readonly TiffDirectory? _interoperability;

    private ExifBlock(Stream file, TiffDirectory.Header header)
    {
        _image = TiffDirectory.Read(file, header, header.First);
        _exif = Below(_image, ExifPointer);
        _gps = Below(_image, GpsPointer);
        _interoperability = _exif is null ? null : Below(_exif, InteroperabilityPointer);

        TiffDirectory? Below(TiffDirectory parent, ushort pointer) =>
            parent.Fields.Remove(pointer, out var field) && field.Number is { } offset ? TiffDirectory.Read(file, header, offset) : null;
    }

    /// <summary>Reads a block.</summary>
    /// <returns><see langword="null"/> if it is none.</returns>
    public static ExifBlock? FromBlock(byte[] block)
    {
        using var file = new MemoryStream(block.AsSpan().StartsWith(Prefix) ? block[Prefix.Length..] : block);
        return TiffDirectory.Header.Read(file) is { } header ? new ExifBlock(file, header) : null;
    }

    /// <summary>Reads what a TIFF file says about its photograph.</summary>
    /// <returns><see langword="null"/> if that is nothing.</returns>
    public static ExifBlock? FromTiff(string path)
    {
        using var file = File.OpenRead(path);
        if (TiffDirectory.Header.Read(file) is not { } header)
            return null;
        var exif = new ExifBlock(file, header);
        foreach (var tag in exif._image.Fields.Keys.Except(Descriptive).ToList())
            exif._image.Fields.Remove(tag);
        return exif._image.Fields.Count == 0 && exif._exif is null && exif._gps is null ? null : exif;
    }

    /// <summary>Describes another picture: upright and of another size in pixels.</summary>
    public void Describe(int width, int height)
    {
        _image.Fields[Orientation] = TiffField.OfShort(Orientation, 1);
        if (_exif is null || !_exif.Fields.ContainsKey(PixelXDimension))
            return;
        _exif.Fields[PixelXDimension] = TiffField.OfLong(PixelXDimension, (uint)width);
        _exif.Fields[PixelYDimension] = TiffField.OfLong(PixelYDimension, (uint)height);
    }

    /// <summary>As the block of other formats.</summary>
    public byte[] ToBlock()
    {
        using var file = new MemoryStream();
        file.Write([(byte)'I', (byte)'I', 42, 0, 0, 0, 0, 0]);
        PatchFirst(file, AppendAll(file, _image, bigTiff: false), bigTiff: false);
        return [.. Prefix, .. file.ToArray()];
    }

    /// <summary>Adds EXIF and IPTC to a finished TIFF: a longer first directory at the end takes the old one's place.</summary>
    public static void AddToTiff(Stream tiff, ExifBlock? exif, byte[] iptc)
    {
        if ((exif is null && iptc.Length == 0) || TiffDirectory.Header.Read(tiff) is not { BigEndian: false } header)
            return;
        var directory = TiffDirectory.Read(tiff, header, header.First);
        if (iptc.Length > 0)
            directory.Fields[Iptc] = new TiffField(Iptc, TiffField.Undefined, iptc.Length, iptc);
        foreach (var (tag, field) in exif?._image.Fields.Where(field => Descriptive.Contains(field.Key)) ?? [])
            directory.Fields[tag] = field;
        var first = exif?.AppendAll(tiff, directory, header.BigTiff) ?? directory.Append(tiff, header.BigTiff);
        PatchFirst(tiff, first, header.BigTiff);
    }

    private long AppendAll(Stream file, TiffDirectory image, bool bigTiff)
    {
        if (_interoperability is not null)
            _exif!.Fields[InteroperabilityPointer] = Pointer(InteroperabilityPointer, _interoperability);
        if (_exif is not null)
            image.Fields[ExifPointer] = Pointer(ExifPointer, _exif);
        if (_gps is not null)
            image.Fields[GpsPointer] = Pointer(GpsPointer, _gps);
        return image.Append(file, bigTiff);

        TiffField Pointer(ushort tag, TiffDirectory directory)
        {
            var offset = directory.Append(file, bigTiff);
            return bigTiff ? new TiffField(tag, TiffField.Long8, 1, BitConverter.GetBytes(offset)) : TiffField.OfLong(tag, (uint)offset);
        }
    }

    private static void PatchFirst(Stream file, long offset, bool bigTiff)
    {
        file.Position = bigTiff ? 8 : 4;
        file.Write(BitConverter.GetBytes(offset).AsSpan(0, bigTiff ? 8 : 4));
        file.Position = file.Length;
    }
}
