using NetVips;

namespace Koala.Imaging;

/// <summary>A file with a still picture that libvips reads, and how to open it as often as needed.</summary>
/// <remarks>What it opens is upright, grey or RGB, and of one of the <see cref="SampleFormat"/>s.</remarks>
internal sealed class PictureFile : IDisposable
{
    private readonly TemporaryCopy? _copy;

    private PictureFile(string path, TemporaryCopy? copy)
    {
        (Path, _copy) = (path, copy);
        Content = copy?.Path ?? path;
    }

    /// <summary>The path that people know it by.</summary>
    public string Path { get; }

    /// <summary>The file that is opened: itself, or a temporary one.</summary>
    public string Content { get; }

    /// <summary>Lines for people: what is not quite as in the file.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Finds out whether it can be read; nothing is decoded.</summary>
    /// <exception cref="ImageFileException">The file cannot be read, is no picture, or is one of an unsupported kind.
    /// </exception>
    public static PictureFile Find(string path)
    {
        CheckReadable(path);
        return Convert(path, path) ?? Find(path, null);
    }

    /// <summary>The same for a picture that comes from a stream: it is copied to a temporary file.</summary>
    public static PictureFile Find(Stream input, string name)
    {
        var copy = TemporaryCopy.Of(input, name);
        if (Convert(copy.Path, name) is not { } converted)
            return Find(name, copy);
        copy.Dispose();
        return converted;
    }

    /// <inheritdoc/>
    public void Dispose() => _copy?.Dispose();

    private static PictureFile? Convert(string content, string path)
    {
        if (!MagickFile.IsNeededFor(content, path))
            return null;
        var notes = new List<string>();
        var file = Find(path, MagickFile.ToTiff(content, path, notes));
        file.Notes.InsertRange(0, notes);
        return file;
    }

    private static PictureFile Find(string path, TemporaryCopy? copy)
    {
        Libvips.Initialize();
        var file = new PictureFile(path, copy);
        try
        {
            using var image = file.Decode(Enums.Access.Sequential);
            file.CheckSupported(image);
            if (image.Interpretation == Enums.Interpretation.Cmyk)
                file.Notes.Add($"'{path}' is CMYK; it becomes RGB (sRGB).");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The picture, not decoded yet; to be read from top to bottom.</summary>
    /// <exception cref="ImageFileException">The file is damaged.</exception>
    public Image Open()
    {
        var image = Upright();
        if (image.Interpretation != Enums.Interpretation.Cmyk)
            return image;
        // The profile in the file, where there is none libvips's own of common print.
        using (image)
        {
            return image.IccTransform(
                "srgb",
                embedded: true,
                inputProfile: "cmyk",
                intent: Enums.Intent.Relative,
                blackPointCompensation: true,
                depth: image.Format == Enums.BandFormat.Ushort ? 16 : 8);
        }
    }

    /// <summary>What an error of libvips while reading says about the file.</summary>
    public ImageFileException Unreadable(VipsException error) => IsUnsupported(error)
        ? new(
            ImageFileError.Unsupported,
            $"'{Path}' cannot be decoded here ({Libvips.Reason(error)}); convert it to PNG, JPEG or TIFF.",
            error)
        : new(
            ImageFileError.Corrupt,
            $"'{Path}' is damaged or incomplete ({Libvips.Reason(error)}); get a whole copy of it.",
            error);

    private Image Upright()
    {
        var image = Decode(Enums.Access.Sequential);
        var orientation = image.Contains("orientation") ? (int)image.Get("orientation") : 1;
        if (orientation <= 1)
            return image;

        image.Dispose();
        // Rows of a turned picture are columns of the file: they cannot be had in the file's order.
        using var turned = Decode(Enums.Access.Random);
        return turned.Autorot();
    }

    private Image Decode(Enums.Access access)
    {
        try
        {
            // A source and not a file name: libvips takes "[…]" at the end of a name for options.
            using var source = Source.NewFromFile(Content);
            // libvips knows a TIFF only by the directory that its first bytes point at, which may be missing.
            if (Image.FindLoadSource(source) is null && !StartsAsTiff(Content))
            {
                throw new ImageFileException(
                    ImageFileError.NotAnImage, $"'{Path}' is not a picture of a known format; convert it to PNG, JPEG or TIFF.");
            }
            return Image.NewFromSource(source, access: access, failOn: Enums.FailOn.Error);
        }
        catch (VipsException error)
        {
            throw Unreadable(error);
        }
    }

    private void CheckSupported(Image image)
    {
        var pages = image.Contains("n-pages") ? (int)image.Get("n-pages") : 1;
        var colours = image.Interpretation == Enums.Interpretation.Cmyk ? 4 : image.Bands < 3 ? 1 : 3;
        var problem =
            pages > 1 && !IsPyramid(image, pages) ? $"has {pages} pages or frames; save the wanted one as a file of its own"
            : image.Interpretation == Enums.Interpretation.Lab || image.Bands - colours is < 0 or > 1
                ? "is neither grey, RGB nor CMYK; convert it to RGB"
            : SampleFormats.Of(image.Format) is null || (colours == 4 && image.Format == Enums.BandFormat.Float)
                ? $"has samples of type {image.Format}; convert it to 8 or 16 bits or 32-bit float a channel"
            : null;
        if (problem is not null)
            throw new ImageFileException(ImageFileError.Unsupported, $"'{Path}' {problem}.");
    }

    /// <summary>Whether the further pages of a TIFF are the first one made smaller, as viewers and scanners store it.</summary>
    private bool IsPyramid(Image first, int pages)
    {
        if (!first.Contains("vips-loader") || !((string)first.Get("vips-loader")).StartsWith("tiff", StringComparison.Ordinal))
            return false;
        var (width, height) = (first.Width, first.Height);
        for (var number = 1; number < pages; number++)
        {
            using var source = Source.NewFromFile(Content);
            using var page = Image.TiffloadSource(source, page: number);
            // The same proportions but for rounding, and smaller each time.
            if (page.Width >= width || page.Height >= height
                || Math.Abs((double)page.Width / first.Width - (double)page.Height / first.Height) > 2.0 / Math.Min(first.Width, first.Height))
                return false;
            (width, height) = (page.Width, page.Height);
        }
        return true;
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

    private static bool StartsAsTiff(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && (start is [(byte)'I', (byte)'I', 42 or 43, 0] or [(byte)'M', (byte)'M', 0, 42 or 43]);
    }

    // libheif's words: libvips comes with its decoder of AV1 (AVIF), not with one of H.265 (most other HEIF).
    private static bool IsUnsupported(VipsException error) =>
        error.Message.Contains("Unsupported feature", StringComparison.Ordinal)
        || error.Message.Contains("Unsupported codec", StringComparison.Ordinal)
        || error.Message.Contains("has not been built in", StringComparison.Ordinal);
}
