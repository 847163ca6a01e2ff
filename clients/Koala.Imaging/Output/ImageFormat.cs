using System.Globalization;
using Koala.Imaging.Metadata;
using NetVips;

namespace Koala.Imaging.Output;

/// <summary>A format that pictures are written in.</summary>
/// <param name="Name">For people; in lower case, for options.</param>
/// <param name="Extensions">In lower case, with the dot.</param>
/// <param name="MaxSide">Longest side in pixels.</param>
/// <param name="MaxBits">Bits a sample; 32 for float.</param>
internal abstract record ImageFormat(string Name, string[] Extensions, int MaxSide, int MaxBits)
{
    private static readonly ImageFormat[] All =
        [new PngFormat(), new JpegFormat(), new WebPFormat(), new TiffFormat(), new AvifFormat(), new DziFormat()];

    /// <summary>Whether it has transparency.</summary>
    public bool StoresAlpha { get; init; } = true;

    /// <summary>Whether a picture can have a single channel.</summary>
    public bool StoresGrey { get; init; } = true;

    /// <summary>Where it has IPTC.</summary>
    public IptcForm Iptc { get; init; }

    /// <summary>What the format takes of the options.</summary>
    protected abstract FormatOptions Takes { get; }

    /// <summary>The format of an output.</summary>
    /// <param name="path">Its extension counts where the options name no format; null for a stream.</param>
    /// <param name="options">Their values are checked.</param>
    /// <exception cref="ImageFileException">None is named, or it does not take the options.</exception>
    public static ImageFormat Of(string? path, ImageWriterOptions options)
    {
        var extension = Path.GetExtension(path)?.ToLowerInvariant();
        var format = options.Format is { } name
            ? Array.Find(All, format => format.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw Unknown($"'{name}' is no known format; name png, jpeg, webp, tiff, avif or dzi.")
            : Array.Find(All, format => format.Extensions.Contains(extension))
                ?? throw Unknown(path is null
                    ? "A stream does not say a format to write; name png, jpeg, webp, tiff or avif."
                    : $"'{path}' does not say a format to write; let its name end in .png, .jpg, .webp, .tif, .avif or .dzi.");
        format.CheckOptions(options);
        return format;

        static ImageFileException Unknown(string message) => new(ImageFileError.OutputFormatUnknown, message);
    }

    /// <summary>Makes sure that the format can hold a picture whole once it is enlarged.</summary>
    /// <exception cref="ImageFileException">It cannot; the message names the formats that can.</exception>
    public void CheckHolds(ImageReader picture, int width, int height)
    {
        var problem =
            Math.Max(width, height) > MaxSide ? $"ends at {MaxSide} pixels a side and this becomes {width}x{height}"
            : picture.BitsPerSample > MaxBits ? $"holds {MaxBits} bits a channel, not {(picture.BitsPerSample == 32 ? "floating point" : picture.BitsPerSample)}"
            : picture.HasAlpha && !StoresAlpha ? "cannot store transparency"
            : picture.IsGrey && picture.Metadata.Icc is not null && !StoresGrey ? "cannot store grey with a colour profile"
            : null;
        if (problem is null)
            return;
        var others = picture.BitsPerSample == 32 ? "TIFF" : "PNG or TIFF";
        throw new ImageFileException(
            ImageFileError.OutputFormatUnsuitable, $"{Name} {problem}; choose {others} for '{picture.Path}'.");
    }

    /// <summary>Encodes a picture into a file.</summary>
    public abstract void Save(Image image, Target target, ImageWriterOptions options);

    /// <summary>Adds what libvips does not write.</summary>
    public virtual void Finish(Stream file, PictureMetadata metadata)
    {
    }

    /// <summary>Bytes of a file with a photograph, as a share of its samples' bytes; rather too many.</summary>
    public abstract double SizeShare(ImageWriterOptions options);

    private void CheckOptions(ImageWriterOptions options)
    {
        var problem =
            options.Quality is not null && !Takes.HasFlag(FormatOptions.Quality) ? "has no quality: it keeps every pixel"
            : options.Quality is < 1 or > 100 ? $"has qualities from 1 to 100, not {options.Quality}"
            : options.Compression is not null && !Takes.HasFlag(FormatOptions.Compression) ? "has no choice of compression"
            : options.Chroma is not null && !Takes.HasFlag(FormatOptions.Chroma) ? "has no choice of chroma subsampling"
            : options.Lossless is not null && !Takes.HasFlag(FormatOptions.Lossless) ? "has no choice of lossless or lossy"
            : options is { Lossless: true, Quality: not null } ? "has no quality where it is lossless"
            : ProblemOf(options);
        if (problem is not null)
            throw new ImageFileException(ImageFileError.OutputOptionUnsuitable, $"{Name} {problem}; leave the option out or change it.");
    }

    /// <summary>What is wrong with the value of an option that the format takes.</summary>
    protected virtual string? ProblemOf(ImageWriterOptions options) => null;

    /// <summary>Options beyond size and format.</summary>
    [Flags]
    protected enum FormatOptions
    {
        None = 0,
        Quality = 1,
        Compression = 2,
        Chroma = 4,
        Lossless = 8,
    }

    private sealed record PngFormat : ImageFormat
    {
        public PngFormat()
            : base("PNG", [".png"], 10_000_000, 16) => Iptc = IptcForm.Appended;

        protected override FormatOptions Takes => FormatOptions.Compression;

        public override void Save(Image image, Target target, ImageWriterOptions options) => image.PngsaveTarget(
            target, compression: Level(options) ?? 2, filter: Enums.ForeignPngFilter.All);

        public override void Finish(Stream file, PictureMetadata metadata)
        {
            if (metadata.Iptc.Length > 0)
                IptcBlock.AddToPng(file, metadata.Iptc);
        }

        public override double SizeShare(ImageWriterOptions options) => Level(options) == 0 ? 1 : 0.6;

        protected override string? ProblemOf(ImageWriterOptions options) =>
            options.Compression is not null && Level(options) is not (>= 0 and <= 9)
                ? $"has compressions from 0 to 9, not '{options.Compression}'"
                : null;

        private static int? Level(ImageWriterOptions options) =>
            int.TryParse(options.Compression, NumberStyles.None, CultureInfo.InvariantCulture, out var level) ? level : null;
    }

    private sealed record JpegFormat : ImageFormat
    {
        // libjpeg's limit; the format's own is 65535.
        public JpegFormat()
            : base("JPEG", [".jpg", ".jpeg", ".jpe", ".jfif"], 65_500, 8) => (StoresAlpha, Iptc) = (false, IptcForm.PhotoshopResource);

        protected override FormatOptions Takes => FormatOptions.Quality | FormatOptions.Chroma;

        public override void Save(Image image, Target target, ImageWriterOptions options) =>
            image.JpegsaveTarget(target, q: options.Quality ?? 95, subsampleMode: Subsample(options));

        public override double SizeShare(ImageWriterOptions options) => 0.3;
    }

    private sealed record WebPFormat : ImageFormat
    {
        public WebPFormat()
            : base("WebP", [".webp"], 16_383, 8) => StoresGrey = false;

        protected override FormatOptions Takes => FormatOptions.Quality | FormatOptions.Lossless;

        public override void Save(Image image, Target target, ImageWriterOptions options)
        {
            if (IsLossless(options))
                image.WebpsaveTarget(target, lossless: true, exact: true, effort: 1);
            else
                image.WebpsaveTarget(target, q: options.Quality ?? 90, smartSubsample: true);
        }

        public override double SizeShare(ImageWriterOptions options) => IsLossless(options) ? 0.6 : 0.2;

        private static bool IsLossless(ImageWriterOptions options) => options.Lossless ?? options.Quality is null;
    }

    private sealed record TiffFormat : ImageFormat
    {
        private static readonly Dictionary<string, Enums.ForeignTiffCompression> Compressions = new(StringComparer.OrdinalIgnoreCase)
        {
            ["none"] = Enums.ForeignTiffCompression.None,
            ["lzw"] = Enums.ForeignTiffCompression.Lzw,
            ["deflate"] = Enums.ForeignTiffCompression.Deflate,
        };

        public TiffFormat()
            : base("TIFF", [".tif", ".tiff"], 10_000_000, 32) => Iptc = IptcForm.Appended;

        protected override FormatOptions Takes => FormatOptions.Compression;

        public override void Save(Image image, Target target, ImageWriterOptions options) => image.TiffsaveTarget(
            target,
            compression: Compressions[options.Compression ?? "deflate"],
            predictor: image.Format == Enums.BandFormat.Float ? Enums.ForeignTiffPredictor.Float : Enums.ForeignTiffPredictor.Horizontal,
            // Offsets of a classic TIFF end at 4 GiB; half of that leaves room for data that does not compress.
            bigtiff: (long)image.Width * image.Height * image.Bands * SampleFormats.Of(image.Format)!.Value.Bytes() > 1L << 31);

        public override void Finish(Stream file, PictureMetadata metadata) => ExifBlock.AddToTiff(file, metadata.Exif, metadata.Iptc);

        public override double SizeShare(ImageWriterOptions options) => options.Compression is "none" ? 1 : 0.7;

        protected override string? ProblemOf(ImageWriterOptions options) =>
            options.Compression is { } name && !Compressions.ContainsKey(name)
                ? $"has the compressions {string.Join(", ", Compressions.Keys)}, not '{name}'"
                : null;
    }

    private sealed record AvifFormat : ImageFormat
    {
        public AvifFormat()
            : base("AVIF", [".avif"], 16_384, 12) => StoresGrey = false;

        protected override FormatOptions Takes => FormatOptions.Quality | FormatOptions.Chroma | FormatOptions.Lossless;

        public override void Save(Image image, Target target, ImageWriterOptions options) => image.HeifsaveTarget(
            target,
            q: options.Quality ?? 90,
            bitdepth: image.Format == Enums.BandFormat.Ushort ? 12 : 8,
            lossless: options.Lossless ?? false,
            compression: Enums.ForeignHeifCompression.Av1,
            effort: 3,
            subsampleMode: Subsample(options));

        public override double SizeShare(ImageWriterOptions options) => options.Lossless == true ? 0.6 : 0.2;

        protected override string? ProblemOf(ImageWriterOptions options) =>
            options is { Lossless: true, Chroma: ChromaSubsampling.Half } ? "keeps all colour where it is lossless" : null;
    }

    internal sealed record DziFormat : ImageFormat
    {
        public DziFormat()
            : base("DZI", [".dzi"], 10_000_000, 16)
        {
        }

        protected override FormatOptions Takes => FormatOptions.Quality;

        public override void Save(Image image, Target target, ImageWriterOptions options) =>
            throw new NotSupportedException("A pyramid is a folder of tiles, and no single file.");

        public override double SizeShare(ImageWriterOptions options) => 0.4;
    }

    private static Enums.ForeignSubsample Subsample(ImageWriterOptions options) =>
        options.Chroma == ChromaSubsampling.Half ? Enums.ForeignSubsample.On : Enums.ForeignSubsample.Off;
}
