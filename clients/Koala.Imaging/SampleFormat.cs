using NetVips;

namespace Koala.Imaging;

/// <summary>How one sample of a pixel is stored; of more than one byte, little-endian.</summary>
public enum SampleFormat
{
    /// <summary>8 bits, 0 to 255.</summary>
    U8,

    /// <summary>16 bits, 0 to 65535.</summary>
    U16,

    /// <summary>IEEE 754 single, 0.0 for black and 1.0 for white, beyond both where the picture goes beyond.</summary>
    F32,
}

/// <summary>Sizes of samples, and libvips's names of them.</summary>
internal static class SampleFormats
{
    /// <summary>Bytes of one sample.</summary>
    public static int Bytes(this SampleFormat format) => format switch
    {
        SampleFormat.U8 => 1,
        SampleFormat.U16 => 2,
        _ => 4,
    };

    /// <summary>The sample of full light or opacity.</summary>
    public static double Max(this SampleFormat format) => format switch
    {
        SampleFormat.U8 => byte.MaxValue,
        SampleFormat.U16 => ushort.MaxValue,
        _ => 1,
    };

    /// <summary>Of a picture in libvips; <see langword="null"/> for the kinds that no photograph has.</summary>
    public static SampleFormat? Of(Enums.BandFormat format) => format switch
    {
        Enums.BandFormat.Uchar => SampleFormat.U8,
        Enums.BandFormat.Ushort => SampleFormat.U16,
        Enums.BandFormat.Float => SampleFormat.F32,
        _ => null,
    };
}
