using System.Drawing;
using System.Runtime.InteropServices;
using Koala.Client.Layers;
using Koala.Imaging.Colour;
using Koala.Imaging.Metadata;
using NetVips;

namespace Koala.Imaging;

/// <summary>
/// A picture that is read from top to bottom, a few rows at a time, as the RGB that the network knows: with sRGB's tone curve.
/// </summary>
/// <remarks>
/// <para>Opening reads the header only, and of floating-point pictures all samples once, to find the largest. Memory is that
/// of a few rows, except where the file itself forbids it: a progressive JPEG, an interlaced PNG, WebP, HEIF, and a picture
/// whose orientation tag turns or flips it upside down are decoded as a whole when the first row is read; a turned one of
/// more than 100 MB into a temporary file.</para>
/// <para>The orientation tag is applied: rows and sizes are those of the upright picture.</para>
/// <para>Reads whatever still pictures libvips does, with 8 or 16 bits or 32-bit float a channel: grey, RGB, CMYK or a
/// palette, with alpha or without. CMYK is converted to sRGB. Files of several pages or frames are refused, because a part of
/// them would be lost.</para>
/// <para>Colours keep their primaries; only the tone curve is exchanged where the ICC profile has another than sRGB, so that
/// no colour can fall outside of what rows hold. Profiles made of tables have no curve of their own, and are nearly always
/// close to sRGB's: their values are left as they are. Floating-point pictures without a profile store light.</para>
/// <para>Under transparency rows have the colours of what is visible nearby, so that hidden colours cannot come out at edges.
/// </para>
/// </remarks>
public sealed class ImageReader : IDisposable
{
    private readonly PictureFile _file;
    private readonly Image _image;
    private readonly Region _region;
    private readonly ColourBleed? _bleed;
    private readonly float[] _bled = [];
    private readonly byte[] _unbled = [];
    private int _nextRow;

    private ImageReader(PictureFile file, bool deepRows)
    {
        _file = file;
        _image = file.Open();
        Width = _image.Width;
        Height = _image.Height;
        IsGrey = _image.Bands < 3;
        HasAlpha = _image.Bands is 2 or 4;
        FileFormat = SampleFormats.Of(_image.Format)!.Value;
        Metadata = new PictureMetadata(_image, file.Content);
        Codec = CreateCodec(deepRows);
        BytesPerRow = checked(Width * 3 * RowFormat.Bytes());
        _region = Region.New(_image);
        if (HasAlpha)
        {
            (_bled, _unbled) = (new float[3 * Width], new byte[BytesPerRow]);
            _bleed = new ColourBleed(Width, Height, ReadWithAlpha);
        }
    }

    /// <summary>The path it was opened with.</summary>
    public string Path => _file.Path;

    /// <summary>Width of the upright picture in pixels.</summary>
    public int Width { get; }

    /// <summary>Height of the upright picture in pixels.</summary>
    public int Height { get; }

    /// <summary>Whether the picture has one channel, apart from alpha.</summary>
    public bool IsGrey { get; }

    /// <summary>Whether the picture has an alpha channel, opaque or not.</summary>
    public bool HasAlpha { get; }

    /// <summary>Samples of the file.</summary>
    public SampleFormat FileFormat { get; }

    /// <summary>Samples of the rows: the file's, or deeper ones where another tone curve would cost levels.</summary>
    public SampleFormat RowFormat => Codec.Network;

    /// <summary>Length of one RGB row in bytes: three samples a pixel, no padding.</summary>
    public int BytesPerRow { get; }

    /// <summary>Lines for people: what is not kept as it is in the file. Usually none.</summary>
    public IReadOnlyList<string> Notes => _file.Notes;

    /// <summary>Bits that a sample of the file makes use of: 8, 10, 12, 16, or 32 for float.</summary>
    internal int BitsPerSample => FileFormat switch
    {
        SampleFormat.U8 => 8,
        SampleFormat.F32 => 32,
        _ => _image.Contains("bits-per-sample") && (int)_image.Get("bits-per-sample") is (10 or 12) and var bits ? bits : 16,
    };

    /// <summary>What the file says about the picture.</summary>
    internal PictureMetadata Metadata { get; }

    /// <summary>Between the file's samples and the rows'.</summary>
    internal RowCodec Codec { get; }

    /// <summary>Opens a picture.</summary>
    /// <param name="path">File of any format that libvips reads; recognized by its content, not by its name.</param>
    /// <param name="deepRows">Whether rows have 16 bits a sample at least, for work in several steps.</param>
    /// <exception cref="ImageFileException">The file cannot be read, is no picture, or is one of an unsupported kind.
    /// </exception>
    public static ImageReader Open(string path, bool deepRows = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Open(PictureFile.Find(path), deepRows);
    }

    /// <summary>Opens a picture that comes from a stream, such as standard input.</summary>
    /// <param name="input">Read to its end, into a temporary file; stays open.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="deepRows">Whether rows have 16 bits a sample at least, for work in several steps.</param>
    /// <exception cref="ImageFileException">It is no picture, or one of an unsupported kind, or there is no room for it.
    /// </exception>
    public static ImageReader Open(Stream input, string name, bool deepRows = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Open(PictureFile.Find(input, name), deepRows);
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
        for (var row = 0; row < rows; row++, _nextRow++)
        {
            var rgb = rgbRows.Slice(row * BytesPerRow, BytesPerRow);
            if (_bleed is null)
            {
                Decode(Fetch(_nextRow), rgb);
                continue;
            }
            _bleed.Next(_bled);
            Samples.Encode(RowFormat.Bytes(), _bled, rgb);
        }
        return rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _region.Dispose();
        _image.Dispose();
        _file.Dispose();
    }

    /// <summary>A part of the alpha channel alone, opened a second time so that it can be read at a pace of its own.</summary>
    internal Image OpenAlpha(Rectangle part)
    {
        using var image = _file.Open();
        using var alpha = image.ExtractBand(image.Bands - 1);
        return alpha.Crop(part.X, part.Y, part.Width, part.Height);
    }

    private static ImageReader Open(PictureFile file, bool deepRows)
    {
        try
        {
            return new ImageReader(file, deepRows);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private RowCodec CreateCodec(bool deepRows)
    {
        var channels = IsGrey ? 1 : 3;
        var curves = Metadata.Icc is { } profile ? IccProfile.ToneCurves(profile, channels) : null;
        var tones = curves is not null ? ToneExchange.Of(curves)
            : FileFormat == SampleFormat.F32 && Metadata.Icc is null ? Enumerable.Repeat(ToneExchange.OfLight, channels).ToArray()
            : null;
        if (FileFormat != SampleFormat.F32)
            return new RowCodec(channels, FileFormat, tones, deep: deepRows);

        // The network knows nothing brighter than white: the brightest sample becomes it.
        var largest = (float)Largest();
        return new RowCodec(channels, FileFormat, tones, Math.Max(1, tones?.Max(tone => tone.ToNetwork(largest)) ?? largest));
    }

    private double Largest()
    {
        try
        {
            using var image = _file.Open();
            using var colour = HasAlpha ? image.ExtractBand(0, n: image.Bands - 1) : image.Copy();
            return colour.Max();
        }
        catch (VipsException error)
        {
            throw _file.Unreadable(error);
        }
    }

    private void ReadWithAlpha(int row, float[] rgb, float[] alpha)
    {
        var pixels = Fetch(row);
        Decode(pixels, _unbled);
        Samples.Decode(RowFormat.Bytes(), _unbled, rgb);
        Samples.Decode(FileFormat.Bytes(), pixels, alpha, _image.Bands);
    }

    private void Decode(ReadOnlySpan<byte> pixels, Span<byte> rgb)
    {
        Codec.ToNetwork(pixels, _image.Bands, rgb);
        if (RowFormat != SampleFormat.F32)
            return;
        foreach (var value in MemoryMarshal.Cast<byte, float>(rgb))
        {
            if (!float.IsFinite(value))
            {
                throw new ImageFileException(
                    ImageFileError.Corrupt, $"'{Path}' has samples that are no numbers (NaN or infinite); replace them first.");
            }
        }
    }

    private ReadOnlySpan<byte> Fetch(int row)
    {
        try
        {
            return _region.Fetch(0, row, Width, 1);
        }
        catch (VipsException error)
        {
            throw _file.Unreadable(error);
        }
    }
}
