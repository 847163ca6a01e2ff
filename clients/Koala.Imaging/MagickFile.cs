using ImageMagick;
using Koala.Imaging.Metadata;

namespace Koala.Imaging;

/// <summary>
/// Pictures of the formats that libvips lacks, read by ImageMagick and handed over as a temporary TIFF: Photoshop, GIMP's
/// XCF, JPEG XL, OpenEXR, HEIC and camera raw.
/// </summary>
/// <remarks>
/// They are held whole in memory. The edition of Magick.NET that this was built with limits the depth: Q8 reads 8 bits a
/// channel, Q16 reads 16. Only these formats are ever given to ImageMagick, by name: it knows others that run commands or
/// fetch addresses.
/// </remarks>
internal static class MagickFile
{
    // Their first bytes are those of a TIFF, in which libvips would find the small preview.
    private static readonly Dictionary<string, MagickFormat> Raw = new(StringComparer.OrdinalIgnoreCase)
    {
        [".arw"] = MagickFormat.Arw,
        [".cr2"] = MagickFormat.Cr2,
        [".cr3"] = MagickFormat.Cr3,
        [".dng"] = MagickFormat.Dng,
        [".nef"] = MagickFormat.Nef,
        [".orf"] = MagickFormat.Orf,
        [".pef"] = MagickFormat.Pef,
        [".raf"] = MagickFormat.Raf,
        [".rw2"] = MagickFormat.Rw2,
        [".srw"] = MagickFormat.Srw,
    };

    /// <summary>Whether a file is of one of these formats.</summary>
    /// <param name="content">The file.</param>
    /// <param name="name">What people call it: camera raw is known by its extension.</param>
    public static bool IsNeededFor(string content, string name) => FormatOf(content, name) is not null;

    /// <summary>Reads one.</summary>
    /// <param name="content">The file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="notes">Gets a line where depth is lost.</param>
    /// <exception cref="ImageFileException">The file is damaged, or has several frames.</exception>
    public static TemporaryCopy ToTiff(string content, string name, List<string> notes)
    {
        var format = FormatOf(content, name)!.Value;
        try
        {
            using var image = Read(content, name, format);
            if (DepthOf(image, content, format) > Quantum.Depth)
                notes.Add($"'{name}' is read with {Quantum.Depth} bits a channel, which is less than it has; a build with MagickEdition=Q16 keeps 16.");
            image.Depth = (uint)Quantum.Depth;
            if (image.ColorSpace is not (ColorSpace.sRGB or ColorSpace.Gray or ColorSpace.CMYK))
                image.ColorSpace = ColorSpace.sRGB;
            image.Settings.Compression = CompressionMethod.NoCompression;
            return Write(image);
        }
        catch (MagickException error)
        {
            throw new ImageFileException(
                ImageFileError.Corrupt, $"'{name}' is damaged or incomplete ({error.Message.ReplaceLineEndings(" ")}); get a whole copy of it.", error);
        }
    }

    private static MagickImage Read(string content, string name, MagickFormat format)
    {
        var settings = new MagickReadSettings { Format = format };
        // The first picture of a Photoshop file is all its layers as they are seen together.
        if (format is MagickFormat.Psd)
            (settings.FrameIndex, settings.FrameCount) = (0, 1);
        using var images = new MagickImageCollection(content, settings);
        if (format is MagickFormat.Xcf)
            return (MagickImage)images.Merge();
        if (images.Count != 1)
        {
            throw new ImageFileException(
                ImageFileError.Unsupported, $"'{name}' has {images.Count} pages or frames; save the wanted one as a file of its own.");
        }
        var image = (MagickImage)images[0].Clone();
        image.AutoOrient();
        return image;
    }

    private static TemporaryCopy Write(MagickImage image)
    {
        var copy = TemporaryCopy.Create();
        try
        {
            image.Write(copy.Path, MagickFormat.Tiff);
            using var file = new FileStream(copy.Path, FileMode.Open, FileAccess.ReadWrite);
            var exif = image.GetExifProfile()?.ToByteArray() is { } block ? ExifBlock.FromBlock(block) : null;
            exif?.Describe((int)image.Width, (int)image.Height);
            ExifBlock.AddToTiff(file, exif, []);
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>Bits a channel in the file, as far as can be known.</summary>
    private static int DepthOf(MagickImage image, string content, MagickFormat format) => format switch
    {
        MagickFormat.Psd => Start(content) is [.., _, var depth] ? depth : 8,
        MagickFormat.Exr => 16,
        MagickFormat.Jxl or MagickFormat.Xcf or MagickFormat.Heic => (int)image.Depth,
        _ => 14,
    };

    private static MagickFormat? FormatOf(string content, string name)
    {
        if (Raw.TryGetValue(Path.GetExtension(name), out var raw))
            return raw;
        ReadOnlySpan<byte> start = Start(content);
        return start.StartsWith("8BPS"u8) ? MagickFormat.Psd
            : start.StartsWith("gimp xcf"u8) ? MagickFormat.Xcf
            : start.StartsWith((ReadOnlySpan<byte>)[0xff, 0x0a]) || start.StartsWith("\0\0\0\u000cJXL "u8) ? MagickFormat.Jxl
            : start.StartsWith((ReadOnlySpan<byte>)[0x76, 0x2f, 0x31, 0x01]) ? MagickFormat.Exr
            : start.Length > 12 && start[4..8].SequenceEqual("ftyp"u8) && start[8..11].SequenceEqual("hei"u8) ? MagickFormat.Heic
            : null;
    }

    /// <summary>The first 24 bytes, or as many as there are; the last is the depth in a Photoshop file.</summary>
    private static byte[] Start(string content)
    {
        using var file = File.OpenRead(content);
        var start = new byte[24];
        return start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
    }
}
