using NetVips;

namespace Koala.Imaging;

/// <summary>A format that pictures are written in, chosen by the output's extension.</summary>
/// <param name="Name">For people.</param>
/// <param name="Extensions">In lower case, with the dot.</param>
/// <param name="MaxSide">Longest side in pixels.</param>
/// <param name="StoresAlpha">Whether it has transparency.</param>
/// <param name="MaxBitsPerSample">8 or 16.</param>
/// <param name="StoresGrey">Whether a picture can have a single channel.</param>
/// <param name="Save">Encodes a picture into a target.</param>
internal sealed record ImageFormat(
    string Name,
    string[] Extensions,
    int MaxSide,
    bool StoresAlpha,
    int MaxBitsPerSample,
    bool StoresGrey,
    Action<Image, Target> Save)
{
    // The sides of PNG and TIFF are libvips's limit; libjpeg ends at 65500, before the 65535 of the format.
    private static readonly ImageFormat[] All =
    [
        // Level 2 costs a third of the default's time and, on photographs, about a tenth more bytes.
        new("PNG", [".png"], 10_000_000, StoresAlpha: true, 16, StoresGrey: true,
            (image, target) => image.PngsaveTarget(target, compression: 2, filter: Enums.ForeignPngFilter.All)),
        new("JPEG", [".jpg", ".jpeg", ".jpe", ".jfif"], 65_500, StoresAlpha: false, 8, StoresGrey: true,
            (image, target) => image.JpegsaveTarget(target, q: 95, subsampleMode: Enums.ForeignSubsample.Off)),
        new("WebP", [".webp"], 16_383, StoresAlpha: true, 8, StoresGrey: false,
            (image, target) => image.WebpsaveTarget(target, lossless: true, exact: true, effort: 1)),
        new("TIFF", [".tif", ".tiff"], 10_000_000, StoresAlpha: true, 16, StoresGrey: true,
            (image, target) => image.TiffsaveTarget(
                target,
                compression: Enums.ForeignTiffCompression.Deflate,
                predictor: Enums.ForeignTiffPredictor.Horizontal,
                bigtiff: NeedsBigTiff(image))),
    ];

    /// <summary>The format of an output file.</summary>
    /// <exception cref="ImageFileException">The extension belongs to none.</exception>
    public static ImageFormat Of(string path)
    {
        var extension = System.IO.Path.GetExtension(path).ToLowerInvariant();
        return Array.Find(All, format => format.Extensions.Contains(extension))
            ?? throw new ImageFileException(
                ImageFileError.OutputFormatUnknown,
                $"'{path}' does not say a format to write; let its name end in .png, .jpg, .webp or .tif.");
    }

    /// <summary>Makes sure that the format can hold a picture whole once it is enlarged.</summary>
    /// <exception cref="ImageFileException">It cannot; the message names the formats that can.</exception>
    public void CheckHolds(ImageReader picture, int scale)
    {
        var (width, height) = ((long)picture.Width * scale, (long)picture.Height * scale);
        var problem =
            Math.Max(width, height) > MaxSide ? $"ends at {MaxSide} pixels a side and this becomes {width}x{height}"
            : picture.BitsPerSample > MaxBitsPerSample ? $"holds {MaxBitsPerSample} bits a channel, not {picture.BitsPerSample}"
            : picture.HasAlpha && !StoresAlpha ? "cannot store transparency"
            : picture.IsGrey && picture.Profile is not null && !StoresGrey ? "cannot store grey with a colour profile"
            : null;
        if (problem is not null)
        {
            throw new ImageFileException(
                ImageFileError.OutputFormatUnsuitable, $"{Name} {problem}; choose PNG or TIFF for '{picture.Path}'.");
        }
    }

    /// <summary>Offsets of a classic TIFF end at 4 GiB; half of that leaves room for data that does not compress.</summary>
    private static bool NeedsBigTiff(Image image) =>
        (long)image.Width * image.Height * image.Bands * (image.Format == Enums.BandFormat.Ushort ? 2 : 1) > 1L << 31;
}
