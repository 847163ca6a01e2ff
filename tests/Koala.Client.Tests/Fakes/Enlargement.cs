using System.Runtime.InteropServices;

namespace Koala.Client.Tests.Fakes;

/// <summary>
/// What the fake worker computes: the mean of the 5x5 pixels around each, plus terms that depend on the place inside the
/// HR pixel's block and on the position modulo 4. So a halo below 2, an origin off the grid of 4, a wrong continuation
/// beyond the border or a tile in the wrong place change the result.
/// </summary>
internal static class Enlargement
{
    public const int Halo = 2;
    public const int Alignment = 4;

    /// <param name="lr">Pixels.</param>
    /// <param name="width">Width in LR pixels.</param>
    /// <param name="height">Height in LR pixels.</param>
    /// <param name="format">Of input and output.</param>
    /// <param name="scale">HR pixels per LR pixel and direction.</param>
    /// <param name="wanted">The LR pixels to enlarge.</param>
    /// <param name="reflect">Beyond the border: the reflected image (a whole image), or zero (a tile).</param>
    public static byte[] Of(
        ReadOnlySpan<byte> lr, int width, int height, PixelFormat format, int scale, PixelRegion wanted, bool reflect)
    {
        var values = ToDoubles(lr, format);
        var result = new double[wanted.Width * scale * wanted.Height * scale * 3];
        var unit = format switch { PixelFormat.RgbU8 => 1.0, PixelFormat.RgbU16 => 257.0, _ => 1 / 255.0 };
        for (var y = wanted.Y; y < wanted.Bottom; y++)
        {
            for (var x = wanted.X; x < wanted.Right; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    var mean = Mean(x, y, c);
                    for (var i = 0; i < scale * scale; i++)
                    {
                        var (sy, sx) = Math.DivRem(i, scale);
                        var hr = ((y - wanted.Y) * scale + sy) * wanted.Width * scale + (x - wanted.X) * scale + sx;
                        result[hr * 3 + c] = mean + unit * (sx + 2 * sy + 3 * (x % Alignment) + 5 * (y % Alignment));
                    }
                }
            }
        }
        return ToBytes(result, format);

        double Mean(int x, int y, int c)
        {
            var sum = 0.0;
            for (var v = y - Halo; v <= y + Halo; v++)
            {
                for (var u = x - Halo; u <= x + Halo; u++)
                {
                    if (reflect)
                        sum += values[(Reflection.Index(v, height) * width + Reflection.Index(u, width)) * 3 + c];
                    else if (u >= 0 && v >= 0 && u < width && v < height)
                        sum += values[(v * width + u) * 3 + c];
                }
            }
            return sum / 25;
        }
    }

    /// <summary>8-bit samples as floats, as a worker sends what it tells beside the pixels.</summary>
    public static byte[] ToFloats(byte[] samples) => ToBytes([.. samples.Select(sample => sample / 255.0)], PixelFormat.RgbF32);

    private static double[] ToDoubles(ReadOnlySpan<byte> bytes, PixelFormat format)
    {
        var values = new double[bytes.Length / format.BytesPerPixel() * 3];
        for (var i = 0; i < values.Length; i++)
            values[i] = format switch
            {
                PixelFormat.RgbU8 => bytes[i],
                PixelFormat.RgbU16 => BitConverter.ToUInt16(bytes[(2 * i)..]),
                _ => BitConverter.ToSingle(bytes[(4 * i)..]),
            };
        return values;
    }

    private static byte[] ToBytes(double[] values, PixelFormat format) => format switch
    {
        PixelFormat.RgbU8 => [.. values.Select(value => (byte)Math.Min(255, value))],
        PixelFormat.RgbU16 => MemoryMarshal.AsBytes(
            values.Select(value => (ushort)Math.Min(65535, value)).ToArray().AsSpan()).ToArray(),
        _ => MemoryMarshal.AsBytes(values.Select(value => (float)value).ToArray().AsSpan()).ToArray(),
    };
}
