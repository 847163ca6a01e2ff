using System.Runtime.InteropServices;

namespace Koala.Client.Layers;

/// <summary>Samples as they are stored, and as numbers: 0 to 1 where they are whole, beyond both where they are IEEE 754 singles.</summary>
internal static class Samples
{
    /// <summary>From samples to numbers.</summary>
    /// <param name="sampleBytes">1 or 2 for whole numbers, 4 for singles.</param>
    /// <param name="samples">Little-endian.</param>
    /// <param name="values">Filled.</param>
    /// <param name="stride">1 for every sample; n for the last of every n.</param>
    public static void Decode(int sampleBytes, ReadOnlySpan<byte> samples, Span<float> values, int stride = 1)
    {
        var first = stride - 1;
        switch (sampleBytes)
        {
            case 1:
                for (var i = 0; i < values.Length; i++)
                    values[i] = samples[first + i * stride] / 255f;
                break;
            case 2:
                var words = MemoryMarshal.Cast<byte, ushort>(samples);
                for (var i = 0; i < values.Length; i++)
                    values[i] = words[first + i * stride] / 65535f;
                break;
            default:
                var singles = MemoryMarshal.Cast<byte, float>(samples);
                for (var i = 0; i < values.Length; i++)
                    values[i] = singles[first + i * stride];
                break;
        }
    }

    /// <summary>The reverse of <see cref="Decode"/>, rounded and clipped where samples are whole numbers.</summary>
    public static void Encode(int sampleBytes, ReadOnlySpan<float> values, Span<byte> samples)
    {
        switch (sampleBytes)
        {
            case 1:
                for (var i = 0; i < values.Length; i++)
                    samples[i] = (byte)(Math.Clamp(values[i], 0, 1) * 255 + 0.5f);
                break;
            case 2:
                var words = MemoryMarshal.Cast<byte, ushort>(samples);
                for (var i = 0; i < values.Length; i++)
                    words[i] = (ushort)(Math.Clamp(values[i], 0, 1) * 65535 + 0.5f);
                break;
            default:
                values.CopyTo(MemoryMarshal.Cast<byte, float>(samples));
                break;
        }
    }
}
