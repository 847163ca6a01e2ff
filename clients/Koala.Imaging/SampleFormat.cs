using System.Runtime.InteropServices;
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

    /// <summary>Samples as numbers, 0 to 1 where they are whole.</summary>
    /// <param name="format">Of the samples.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="values">Filled.</param>
    /// <param name="stride">1 for every sample; n for the last of every n.</param>
    public static void Decode(this SampleFormat format, ReadOnlySpan<byte> samples, Span<float> values, int stride = 1)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var at = (i + 1) * stride - 1;
            values[i] = format switch
            {
                SampleFormat.U8 => samples[at] / 255f,
                SampleFormat.U16 => MemoryMarshal.Cast<byte, ushort>(samples)[at] / 65535f,
                _ => MemoryMarshal.Cast<byte, float>(samples)[at],
            };
        }
    }

    /// <summary>The reverse of <see cref="Decode"/>, rounded.</summary>
    public static void Encode(this SampleFormat format, ReadOnlySpan<float> values, Span<byte> samples)
    {
        for (var i = 0; i < values.Length; i++)
            switch (format)
            {
                case SampleFormat.U8:
                    samples[i] = (byte)(Math.Clamp(values[i], 0, 1) * 255 + 0.5f);
                    break;
                case SampleFormat.U16:
                    MemoryMarshal.Cast<byte, ushort>(samples)[i] = (ushort)(Math.Clamp(values[i], 0, 1) * 65535 + 0.5f);
                    break;
                default:
                    MemoryMarshal.Cast<byte, float>(samples)[i] = values[i];
                    break;
            }
    }

    /// <summary>Of a picture in libvips; <see langword="null"/> for the kinds that no photograph has.</summary>
    public static SampleFormat? Of(Enums.BandFormat format) => format switch
    {
        Enums.BandFormat.Uchar => SampleFormat.U8,
        Enums.BandFormat.Ushort => SampleFormat.U16,
        Enums.BandFormat.Float => SampleFormat.F32,
        _ => null,
    };
}
