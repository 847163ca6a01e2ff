using System.Drawing;

namespace Koala.Imaging;

/// <summary>How a picture is written. What is not set has the format's default.</summary>
public sealed record ImageWriterOptions
{
    /// <summary>Width of the whole picture in pixels: the source's times the scale, or less. Default: the source's times the scale.</summary>
    public int? Width { get; init; }

    /// <summary>Height of the whole picture in pixels: the source's times the scale, or less. Default: the source's times the scale.</summary>
    public int? Height { get; init; }

    /// <summary>The part of the picture that is written, in the source's pixels. Default: all of it.</summary>
    /// <remarks>It is what would be cut from the whole picture: to the pixel where <see cref="Width"/> and <see cref="Height"/> are whole
    /// multiples of the source's, within half a pixel at other sizes.</remarks>
    public Rectangle? Part { get; init; }

    /// <summary>Whether a file of the name may be replaced. Default: yes.</summary>
    public bool Overwrite { get; init; } = true;

    /// <summary>Name of the format: png, jpeg, webp, tiff, avif or dzi. Default: by the output's extension.</summary>
    public string? Format { get; init; }

    /// <summary>1 to 100, for JPEG, DZI (default: 95), lossy WebP and AVIF (default: 90).</summary>
    public int? Quality { get; init; }

    /// <summary>
    /// For PNG 0, fast, to 9, small (default: 2; higher ones gain little on photographs); for TIFF none, lzw or
    /// deflate (default).
    /// </summary>
    public string? Compression { get; init; }

    /// <summary>For JPEG and AVIF. Default: 4:4:4.</summary>
    public ChromaSubsampling? Chroma { get; init; }

    /// <summary>
    /// For WebP and AVIF: whether every pixel is kept exactly. Default: yes for WebP without a quality, else no.
    /// </summary>
    public bool? Lossless { get; init; }
}

/// <summary>How finely colour is stored beside brightness.</summary>
public enum ChromaSubsampling
{
    /// <summary>4:4:4: for every pixel.</summary>
    Full,

    /// <summary>4:2:0: once for two by two pixels.</summary>
    Half,
}
