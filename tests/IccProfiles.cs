using System.Buffers.Binary;
using System.Text;

namespace Koala.TestFiles;

/// <summary>ICC profiles (version 2, matrix-shaper) of well-known colour spaces, made from their published numbers.</summary>
internal static class IccProfiles
{
    // Colourants adapted to D50: red, green, blue, XYZ each.
    public static byte[] AdobeRgb { get; } = Rgb(
        [0.60974, 0.31111, 0.01947, 0.20528, 0.62567, 0.06087, 0.14919, 0.06322, 0.74457], Gamma(563 / 256.0));

    public static byte[] DisplayP3 { get; } = Rgb(
        [0.51512, 0.24120, -0.00105, 0.29198, 0.69225, 0.04189, 0.15710, 0.06657, 0.78407],
        Parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045));

    public static byte[] ProPhoto { get; } = Rgb(
        [0.79767, 0.28804, 0.00000, 0.13519, 0.71188, 0.00000, 0.03134, 0.00009, 0.82491], Gamma(1.8));

    public static byte[] LinearRgb { get; } = Rgb(
        [0.43607, 0.22249, 0.01392, 0.38515, 0.71687, 0.09708, 0.14307, 0.06061, 0.71410], Gamma(1));

    /// <summary>As scanners and Photoshop have it for grey.</summary>
    public static byte[] GreyGamma22 { get; } = Profile("GRAY", ("kTRC", Gamma(2.2)));

    /// <summary>The data of a tag with an exponent.</summary>
    public static byte[] Gamma(double gamma) => [.. "curv"u8, .. Int(0), .. Int(1), .. Short((int)Math.Round(gamma * 256)), 0, 0];

    /// <summary>The data of a tag with a curve of samples, 0 to 65535.</summary>
    public static byte[] Sampled(params int[] samples) => [.. "curv"u8, .. Int(0), .. Int(samples.Length), .. samples.SelectMany(Short)];

    /// <summary>The data of a tag with a parametric curve.</summary>
    public static byte[] Parametric(int type, params double[] parameters) =>
        [.. "para"u8, .. Int(0), .. Short(type), 0, 0, .. parameters.SelectMany(Fixed)];

    /// <summary>An RGB profile of nine numbers and one curve for all channels.</summary>
    public static byte[] Rgb(double[] colourants, byte[] curve) => Profile(
        "RGB ",
        ("rXYZ", Xyz(colourants.AsSpan(0, 3))), ("gXYZ", Xyz(colourants.AsSpan(3, 3))), ("bXYZ", Xyz(colourants.AsSpan(6, 3))),
        ("rTRC", curve), ("gTRC", curve), ("bTRC", curve));

    private static byte[] Profile(string space, params (string Name, byte[] Data)[] tags)
    {
        tags = [("desc", Description()), ("cprt", [.. "text"u8, .. Int(0), .. "none\0"u8]), ("wtpt", Xyz([0.9642, 1, 0.8249])), .. tags];
        var table = new List<byte>(Int(tags.Length));
        var data = new List<byte>();
        foreach (var (name, bytes) in tags)
        {
            table.AddRange([.. Encoding.ASCII.GetBytes(name), .. Int(128 + 4 + 12 * tags.Length + data.Count), .. Int(bytes.Length)]);
            data.AddRange(bytes);
            data.AddRange(new byte[-bytes.Length & 3]);
        }
        var header = new byte[128];
        Int(128 + table.Count + data.Count).CopyTo(header, 0);
        Int(0x0210_0000).CopyTo(header, 8);
        Encoding.ASCII.GetBytes($"mntr{space}XYZ ").CopyTo(header, 12);
        Short(2026).CopyTo(header, 24);
        Short(1).CopyTo(header, 26);
        Short(1).CopyTo(header, 28);
        "acsp"u8.CopyTo(header.AsSpan(36));
        Xyz([0.9642, 1, 0.8249]).AsSpan(8).CopyTo(header.AsSpan(68));
        return [.. header, .. table, .. data];
    }

    private static byte[] Description() => [.. "desc"u8, .. Int(0), .. Int(5), .. "test\0"u8, .. new byte[4 + 4 + 2 + 1 + 67]];

    private static byte[] Xyz(ReadOnlySpan<double> xyz) => [.. "XYZ "u8, .. Int(0), .. Fixed(xyz[0]), .. Fixed(xyz[1]), .. Fixed(xyz[2])];

    private static byte[] Fixed(double value) => Int((int)Math.Round(value * 65536));

    private static byte[] Short(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }

    private static byte[] Int(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
