using System.Globalization;
using Koala.Client.Layers;

namespace Koala.Client;

/// <summary>
/// How the pixels of a layer are stored: grey or RGB, with straight (not premultiplied) alpha or without, rows without padding. Colours
/// are encoded with sRGB's tone curve, in whatever primaries the layer has.
/// </summary>
/// <param name="Channels">1: grey, 2: grey and alpha, 3: RGB, 4: RGB and alpha.</param>
/// <param name="Sample">How a sample is stored.</param>
public readonly record struct LayerFormat(int Channels, SampleType Sample)
{
    private static readonly string[] ChannelNames = ["", "Y", "YA", "RGB", "RGBA"];

    /// <summary>Whether there is alpha.</summary>
    public bool HasAlpha => Channels is 2 or 4;

    /// <summary>Whether there is one channel beside alpha.</summary>
    public bool IsGrey => Channels < 3;

    /// <summary>Bytes of one sample.</summary>
    public int SampleBytes => Sample switch { SampleType.U8 => 1, SampleType.U16 => 2, _ => 4 };

    /// <summary>Bytes of one pixel.</summary>
    public int PixelBytes => Channels * SampleBytes;

    /// <summary>The format in which a worker gets the colours.</summary>
    public PixelFormat PixelFormat => Sample switch
    {
        SampleType.U8 => PixelFormat.RgbU8,
        SampleType.U16 => PixelFormat.RgbU16,
        _ => PixelFormat.RgbF32,
    };

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">It is no such text.</exception>
    public static LayerFormat Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split(' ');
        var channels = Array.IndexOf(ChannelNames, parts[0]);
        return parts.Length == 2 && channels > 0 && SampleOf(parts[1]) is { } sample
            ? new LayerFormat(channels, sample)
            : throw new FormatException($"Expected Y, YA, RGB or RGBA, a space, and u8, u16 or float, not '{text}'.");
    }

    /// <summary>Such as <c>RGBA u16</c>.</summary>
    public override string ToString() =>
        $"{ChannelNames[Channels]} {Sample switch { SampleType.U8 => "u8", SampleType.U16 => "u16", _ => "float" }}";

    /// <summary>Samples as numbers from 0 to 1, beyond both where a float layer goes beyond.</summary>
    internal void Decode(ReadOnlySpan<byte> samples, Span<float> values) => Samples.Decode(SampleBytes, samples, values);

    /// <summary>The reverse of <see cref="Decode"/>, rounded and clipped where samples are whole numbers.</summary>
    internal void Encode(ReadOnlySpan<float> values, Span<byte> samples) => Samples.Encode(SampleBytes, values, samples);

    private static SampleType? SampleOf(string text) => text.ToLower(CultureInfo.InvariantCulture) switch
    {
        "u8" => SampleType.U8,
        "u16" => SampleType.U16,
        "float" => SampleType.F32,
        _ => null,
    };
}
