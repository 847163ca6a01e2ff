using System.Buffers.Binary;

namespace Koala.Imaging.Colour;

/// <summary>From a stored value to linear light, both 0 to 1; ascending.</summary>
/// <remarks>The forms that an ICC profile has for it: ICC.1:2022, 10.6 (curve) and 10.18 (parametric curve).</remarks>
internal sealed class ToneCurve
{
    private readonly Func<double, double> _toLight;

    private ToneCurve(Func<double, double> toLight) => _toLight = toLight;

    /// <summary>Stored values are light.</summary>
    public static ToneCurve Linear { get; } = new(value => value);

    /// <summary>Linear light of a stored value of 0 to 1.</summary>
    public double ToLight(double value) => Math.Clamp(_toLight(value), 0, 1);

    /// <summary>Reads a curve from the data of an ICC tag.</summary>
    /// <returns><see langword="null"/> if it is of no known form, or cut short.</returns>
    public static ToneCurve? Parse(ReadOnlySpan<byte> tag)
    {
        if (tag.Length < 12)
            return null;
        return tag[..4].SequenceEqual("curv"u8) ? Sampled(tag[8..])
            : tag[..4].SequenceEqual("para"u8) ? Parametric(tag[8..])
            : null;
    }

    private static ToneCurve? Sampled(ReadOnlySpan<byte> data)
    {
        var count = BinaryPrimitives.ReadUInt32BigEndian(data);
        data = data[4..];
        if (count == 0)
            return Linear;
        if (count > data.Length / 2)
            return null;
        var samples = new double[count];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = BinaryPrimitives.ReadUInt16BigEndian(data[(2 * i)..]);
        // A single number is an exponent in units of 1/256.
        return count == 1 ? Power(samples[0] / 256) : new ToneCurve(value => Interpolate(samples, value) / ushort.MaxValue);
    }

    private static double Interpolate(double[] samples, double value)
    {
        var place = Math.Clamp(value, 0, 1) * (samples.Length - 1);
        var index = Math.Min((int)place, samples.Length - 2);
        return samples[index] + (place - index) * (samples[index + 1] - samples[index]);
    }

    private static ToneCurve? Power(double gamma) =>
        gamma == 1 ? Linear : gamma > 0 ? new ToneCurve(value => Math.Pow(value, gamma)) : null;

    private static ToneCurve? Parametric(ReadOnlySpan<byte> data)
    {
        var type = BinaryPrimitives.ReadUInt16BigEndian(data);
        if (type > 4)
            return null;
        ReadOnlySpan<int> counts = [1, 3, 4, 5, 7];
        if (data.Length < 4 + 4 * counts[type])
            return null;
        Span<double> p = stackalloc double[7];
        for (var i = 0; i < counts[type]; i++)
            p[i] = BinaryPrimitives.ReadInt32BigEndian(data[(4 + 4 * i)..]) / 65536.0;
        var (g, a, b, c, d, e, f) = (p[0], p[1], p[2], p[3], p[4], p[5], p[6]);
        return type switch
        {
            0 => Power(g),
            1 => new ToneCurve(x => a * x + b >= 0 ? Math.Pow(a * x + b, g) : 0),
            2 => new ToneCurve(x => (a * x + b >= 0 ? Math.Pow(a * x + b, g) : 0) + c),
            3 => new ToneCurve(x => x >= d ? Math.Pow(a * x + b, g) : c * x),
            _ => new ToneCurve(x => x >= d ? Math.Pow(a * x + b, g) + e : c * x + f),
        };
    }
}
