using System.Numerics;
using System.Runtime.InteropServices;
using Koala.Protocol.V1;

namespace Koala.Worker.Inference;

/// <summary>
/// Between the contract's pixel formats and the network's values in [-1, 1], over any run of samples.
/// Integers are sent as v / (max / 2) - 1; back they are rounded (half up) and clamped, floats are neither.
/// </summary>
internal static class PixelConversion
{
    private static readonly float[] FromU8 = [.. Enumerable.Range(0, 256).Select(v => v / 127.5f - 1f)];

    /// <summary>Bytes of one RGB pixel.</summary>
    /// <exception cref="ArgumentException">The format is none of the contract's.</exception>
    public static int BytesPerPixel(PixelFormat format) => format switch
    {
        PixelFormat.RgbU8 => 3,
        PixelFormat.RgbU16 => 6,
        PixelFormat.RgbF32 => 12,
        _ => throw new ArgumentException(
            $"pixel_format: expected PIXEL_FORMAT_RGB_U8, _U16 or _F32, got {(int)format}"),
    };

    /// <summary>Whether every float is finite; the other formats always are.</summary>
    public static bool IsFinite(ReadOnlySpan<byte> pixels, PixelFormat format) =>
        format != PixelFormat.RgbF32 || IsFinite(MemoryMarshal.Cast<byte, float>(pixels));

    /// <summary>Pixels → network values; both hold the same number of samples.</summary>
    public static void Decode(ReadOnlySpan<byte> pixels, PixelFormat format, Span<float> values)
    {
        switch (format)
        {
            case PixelFormat.RgbU8:
                for (var i = 0; i < values.Length; i++)
                    values[i] = FromU8[pixels[i]];
                break;
            case PixelFormat.RgbU16:
                var u16 = MemoryMarshal.Cast<byte, ushort>(pixels);
                for (var i = 0; i < values.Length; i++)
                    values[i] = u16[i] / 32767.5f - 1f;
                break;
            default:
                var f32 = MemoryMarshal.Cast<byte, float>(pixels);
                for (var i = 0; i < values.Length; i++)
                    values[i] = 2f * f32[i] - 1f;
                break;
        }
    }

    /// <summary>Network values → pixels; both hold the same number of samples.</summary>
    /// <returns>False, and no usable pixels, if a value is not finite.</returns>
    public static bool Encode(ReadOnlySpan<float> values, PixelFormat format, Span<byte> pixels)
    {
        if (!IsFinite(values))
            return false;
        switch (format)
        {
            case PixelFormat.RgbU8:
                EncodeU8(values, pixels);
                break;
            case PixelFormat.RgbU16:
                EncodeU16(values, MemoryMarshal.Cast<byte, ushort>(pixels));
                break;
            default:
                var f32 = MemoryMarshal.Cast<byte, float>(pixels);
                for (var i = 0; i < values.Length; i++)
                    f32[i] = 0.5f * values[i] + 0.5f;
                break;
        }
        return true;
    }

    private static bool IsFinite(ReadOnlySpan<float> values)
    {
        // 0 * v is 0 for a finite v and NaN for every other; NaN survives the sum.
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var sum = Vector<float>.Zero;
        foreach (var v in vectors)
            sum += v * Vector<float>.Zero;
        var rest = Vector.Sum(sum);
        foreach (var v in values[(vectors.Length * Vector<float>.Count)..])
            rest += v * 0f;
        return rest == 0f;
    }

    private static void EncodeU8(ReadOnlySpan<float> values, Span<byte> pixels)
    {
        var step = Vector<byte>.Count;
        var quarter = Vector<float>.Count;
        var i = 0;
        for (; i <= values.Length - step; i += step)
        {
            var low = Vector.Narrow(Round(values[i..], 255f), Round(values[(i + quarter)..], 255f));
            var high = Vector.Narrow(Round(values[(i + 2 * quarter)..], 255f), Round(values[(i + 3 * quarter)..], 255f));
            Vector.Narrow(low, high).CopyTo(pixels[i..]);
        }
        for (; i < values.Length; i++)
            pixels[i] = (byte)Round(values[i], 255f);
    }

    private static void EncodeU16(ReadOnlySpan<float> values, Span<ushort> samples)
    {
        var step = Vector<ushort>.Count;
        var half = Vector<float>.Count;
        var i = 0;
        for (; i <= values.Length - step; i += step)
            Vector.Narrow(Round(values[i..], 65535f), Round(values[(i + half)..], 65535f)).CopyTo(samples[i..]);
        for (; i < values.Length; i++)
            samples[i] = (ushort)Round(values[i], 65535f);
    }

    private static Vector<uint> Round(ReadOnlySpan<float> values, float max)
    {
        var scaled = new Vector<float>(values) * (max / 2f) + new Vector<float>(max / 2f);
        var clamped = Vector.Min(Vector.Max(scaled, Vector<float>.Zero), new Vector<float>(max));
        return Vector.AsVectorUInt32(Vector.ConvertToInt32(clamped + new Vector<float>(0.5f)));
    }

    private static uint Round(float value, float max) =>
        (uint)(Math.Clamp(value * (max / 2f) + max / 2f, 0f, max) + 0.5f);
}
