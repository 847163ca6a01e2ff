using System.Runtime.InteropServices;
using NetVips;

namespace Koala.Imaging;

/// <summary>
/// A picture that is read from top to bottom, a few rows at a time, as RGB.
/// </summary>
/// <remarks>
/// <para>Opening reads the header only. Memory is that of a few rows, except where the file itself forbids it: a
/// progressive JPEG, an interlaced PNG, WebP, HEIF, and a picture whose orientation tag turns or flips it upside down are
/// decoded as a whole when the first row is read; a turned one of more than 100 MB into a temporary file.</para>
/// <para>The orientation tag is applied: rows and sizes are those of the upright picture.</para>
/// <para>Reads whatever still pictures libvips does, with 8 or 16 bits a channel: grey, RGB or a palette, with alpha or
/// without. CMYK, floating point and files of several pages or frames are refused, because a part of them would be lost.
/// </para>
/// </remarks>
public sealed class ImageReader : IDisposable
{
    private readonly Image _image;
    private readonly Image _colour;
    private readonly Region _region;
    private int _nextRow;

    private ImageReader(string path, Image image)
    {
        Path = path;
        Width = image.Width;
        Height = image.Height;
        IsGrey = image.Bands < 3;
        HasAlpha = image.Bands is 2 or 4;
        BitsPerSample = image.Format == Enums.BandFormat.Ushort ? 16 : 8;
        BytesPerRow = checked(Width * 3 * BitsPerSample / 8);
        Profile = image.Contains("icc-profile-data") ? (byte[])image.Get("icc-profile-data") : null;

        _image = image;
        _colour = HasAlpha ? image.ExtractBand(0, n: image.Bands - 1) : image.Copy();
        _region = Region.New(_colour);
    }

    /// <summary>The path it was opened with.</summary>
    public string Path { get; }

    /// <summary>Width of the upright picture in pixels.</summary>
    public int Width { get; }

    /// <summary>Height of the upright picture in pixels.</summary>
    public int Height { get; }

    /// <summary>Whether the picture has one channel, apart from alpha.</summary>
    public bool IsGrey { get; }

    /// <summary>Whether the picture has an alpha channel, opaque or not.</summary>
    public bool HasAlpha { get; }

    /// <summary>8 or 16. Samples of 16 bits are little-endian.</summary>
    public int BitsPerSample { get; }

    /// <summary>Length of one RGB row in bytes: three samples a pixel, no padding.</summary>
    public int BytesPerRow { get; }

    /// <summary>The ICC profile that the pixels are in, as it is in the file.</summary>
    internal byte[]? Profile { get; }

    /// <summary>Opens a picture.</summary>
    /// <param name="path">File of any format that libvips reads; recognized by its content, not by its name.</param>
    /// <exception cref="ImageFileException">The file cannot be read, is no picture, or is one of an unsupported kind.
    /// </exception>
    public static ImageReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Libvips.Initialize();
        CheckReadable(path);
        var image = Load(path);
        try
        {
            CheckSupported(path, image);
            return new ImageReader(path, image);
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next rows as RGB: grey is repeated in all three channels, alpha is left out.</summary>
    /// <param name="rgbRows">Room for a whole number of rows of <see cref="BytesPerRow"/> bytes.</param>
    /// <returns>The number of rows read: fewer than there is room for at the end of the picture, 0 after it.</returns>
    /// <exception cref="ArgumentException">The length is no multiple of <see cref="BytesPerRow"/>.</exception>
    /// <exception cref="ImageFileException">The file is damaged or incomplete.</exception>
    public int ReadRows(Span<byte> rgbRows)
    {
        if (rgbRows.Length % BytesPerRow != 0)
            throw new ArgumentException($"Expected a multiple of {BytesPerRow} bytes, got {rgbRows.Length}.", nameof(rgbRows));

        var rows = Math.Min(rgbRows.Length / BytesPerRow, Height - _nextRow);
        for (var row = 0; row < rows; row++)
        {
            var pixels = Fetch(_nextRow);
            var rgb = rgbRows.Slice(row * BytesPerRow, BytesPerRow);
            if (!IsGrey)
                pixels.CopyTo(rgb);
            else if (BitsPerSample == 8)
                Repeat(pixels, rgb);
            else
                Repeat(MemoryMarshal.Cast<byte, ushort>(pixels), MemoryMarshal.Cast<byte, ushort>(rgb));
            _nextRow++;
        }
        return rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _region.Dispose();
        _colour.Dispose();
        _image.Dispose();
    }

    /// <summary>
    /// The alpha channel alone, opened a second time so that it can be read at a pace of its own, and enlarged with a
    /// bicubic kernel.
    /// </summary>
    internal Image OpenAlpha(int scale)
    {
        using var image = Load(Path);
        using var alpha = image.ExtractBand(image.Bands - 1);
        using var bicubic = Interpolate.NewFromName("bicubic");
        // Resize would be half an enlarged pixel off: the centre of pixel x has to come to scale * (x + 1/2) - 1/2.
        var shift = (scale - 1) / 2.0;
        return alpha.Affine(
            [scale, 0, 0, scale],
            interpolate: bicubic,
            oarea: [0, 0, alpha.Width * scale, alpha.Height * scale],
            odx: shift,
            ody: shift,
            extend: Enums.Extend.Copy);
    }

    private ReadOnlySpan<byte> Fetch(int row)
    {
        try
        {
            return _region.Fetch(0, row, Width, 1);
        }
        catch (VipsException error)
        {
            throw Unreadable(Path, error);
        }
    }

    private static void Repeat<T>(ReadOnlySpan<T> grey, Span<T> rgb)
    {
        for (var x = 0; x < grey.Length; x++)
            rgb.Slice(3 * x, 3).Fill(grey[x]);
    }

    private static void CheckReadable(string path)
    {
        if (Directory.Exists(path))
            throw new ImageFileException(ImageFileError.IsDirectory, $"'{path}' is a folder; name a picture in it.");
        try
        {
            using var file = File.OpenRead(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageFileException(
                ImageFileError.NotFound, $"'{path}' does not exist; check the path.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageFileException(
                ImageFileError.NotReadable, $"'{path}' cannot be read ({error.Message}); check its permissions.", error);
        }
    }

    /// <summary>The upright picture, not decoded yet.</summary>
    private static Image Load(string path)
    {
        try
        {
            var image = Load(path, Enums.Access.Sequential);
            var orientation = image.Contains("orientation") ? (int)image.Get("orientation") : 1;
            if (orientation <= 1)
                return image;

            image.Dispose();
            // Rows of a turned picture are columns of the file: they cannot be had in the file's order.
            using var turned = Load(path, Enums.Access.Random);
            return turned.Autorot();
        }
        catch (VipsException error)
        {
            throw Unreadable(path, error);
        }
    }

    private static Image Load(string path, Enums.Access access)
    {
        // A source and not a file name: libvips takes "[…]" at the end of a name for options.
        using var source = Source.NewFromFile(path);
        // libvips knows a TIFF only by the directory that its first bytes point at, which may be missing.
        if (Image.FindLoadSource(source) is null && !StartsAsTiff(path))
        {
            throw new ImageFileException(
                ImageFileError.NotAnImage, $"'{path}' is not a picture of a known format; convert it to PNG, JPEG or TIFF.");
        }
        return Image.NewFromSource(source, access: access, failOn: Enums.FailOn.Error);
    }

    private static bool StartsAsTiff(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && (start is [(byte)'I', (byte)'I', 42 or 43, 0] or [(byte)'M', (byte)'M', 0, 42 or 43]);
    }

    private static void CheckSupported(string path, Image image)
    {
        var pages = image.Contains("n-pages") ? (int)image.Get("n-pages") : 1;
        var problem =
            pages > 1 ? $"has {pages} pages or frames; save the wanted one as a file of its own"
            : image.Interpretation == Enums.Interpretation.Cmyk ? "is CMYK; convert it to RGB"
            : image.Interpretation == Enums.Interpretation.Lab || image.Bands > 4 ? "is neither grey nor RGB; convert it to RGB"
            : image.Format is not (Enums.BandFormat.Uchar or Enums.BandFormat.Ushort)
                ? $"has samples of type {image.Format}; convert it to 8 or 16 bits a channel"
            : null;
        if (problem is not null)
            throw new ImageFileException(ImageFileError.Unsupported, $"'{path}' {problem}.");
    }

    private static ImageFileException Unreadable(string path, VipsException error) => IsUnsupported(error)
        ? new(
            ImageFileError.Unsupported,
            $"'{path}' cannot be decoded here ({Libvips.Reason(error)}); convert it to PNG, JPEG or TIFF.",
            error)
        : new(
            ImageFileError.Corrupt,
            $"'{path}' is damaged or incomplete ({Libvips.Reason(error)}); get a whole copy of it.",
            error);

    // libheif's words: libvips comes with its decoder of AV1 (AVIF), not with one of H.265 (most other HEIF).
    private static bool IsUnsupported(VipsException error) =>
        error.Message.Contains("Unsupported feature", StringComparison.Ordinal)
        || error.Message.Contains("Unsupported codec", StringComparison.Ordinal)
        || error.Message.Contains("has not been built in", StringComparison.Ordinal);
}
