using NetVips;

namespace Koala.Imaging.Metadata;

/// <summary>What a file says about its picture besides the pixels: EXIF, XMP, IPTC, the ICC profile and the resolution.</summary>
/// <remarks>
/// The resolution (dots per inch) stays the number that it is, so a print grows with the pixels. The orientation is applied
/// and so reset, the dimensions are brought up to date, and the thumbnail is left out because it shows the picture as it was.
/// </remarks>
internal sealed class PictureMetadata
{
    private const string ExifField = "exif-data";
    private const string XmpField = "xmp-data";
    private const string IccField = "icc-profile-data";
    private const string IptcField = "iptc-data";

    private readonly Image _from;

    /// <param name="from">The picture as libvips has opened it; must stay open.</param>
    /// <param name="path">Its file.</param>
    public PictureMetadata(Image from, string path)
    {
        _from = from;
        Icc = Blob(IccField);
        Xmp = Blob(XmpField);
        Iptc = IptcBlock.Records(Blob(IptcField));
        Exif = Blob(ExifField) is { } block ? ExifBlock.FromBlock(block)
            : from.Contains("vips-loader") && ((string)from.Get("vips-loader")).StartsWith("tiff", StringComparison.Ordinal) ? ExifBlock.FromTiff(path)
            : null;
    }

    /// <summary>The ICC profile.</summary>
    public byte[]? Icc { get; }

    /// <summary>EXIF.</summary>
    public ExifBlock? Exif { get; }

    /// <summary>IPTC's bare records; empty if there are none.</summary>
    public byte[] Iptc { get; }

    private byte[]? Xmp { get; }

    /// <summary>Lines for people: what a format has no place for.</summary>
    public IReadOnlyList<string> Losses(IptcForm form, string format) =>
        Iptc.Length > 0 && form == IptcForm.None ? [$"{format} has no place for IPTC; it is left out."] : [];

    /// <summary>Another picture with what this one's file says.</summary>
    public Image CarryTo(Image to, IptcForm form)
    {
        Exif?.Describe(to.Width, to.Height);
        using var resized = to.Copy(xres: _from.Xres, yres: _from.Yres);
        return resized.Mutate(image =>
        {
            if (_from.Contains("resolution-unit"))
                image.Set(GValue.RefStrType, "resolution-unit", _from.Get("resolution-unit"));
            if (Icc is not null)
                image.Set(GValue.BlobType, IccField, Icc);
            if (Xmp is not null)
                image.Set(GValue.BlobType, XmpField, Xmp);
            if (Exif is not null)
                image.Set(GValue.BlobType, ExifField, Exif.ToBlock());
            if (Iptc.Length > 0 && form == IptcForm.PhotoshopResource)
                image.Set(GValue.BlobType, IptcField, IptcBlock.ForJpeg(Iptc));
        });
    }

    private byte[]? Blob(string field) => _from.Contains(field) ? (byte[])_from.Get(field) : null;
}

/// <summary>How a format stores IPTC.</summary>
internal enum IptcForm
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Wrapped, which libvips writes.</summary>
    PhotoshopResource,

    /// <summary>In its own way, added to the finished file: libvips writes none into PNG and a quarter of it into TIFF.</summary>
    Appended,
}
