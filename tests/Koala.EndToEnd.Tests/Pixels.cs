using System.Runtime.InteropServices;
using NetVips;

namespace Koala.EndToEnd.Tests;

/// <summary>Pictures as bytes, and what sets them apart.</summary>
internal static class Pixels
{
    public static byte[] Of(string path)
    {
        // A source and not a file name: libvips remembers what it has read under a name.
        using var source = Source.NewFromFile(path);
        using var image = Image.NewFromSource(source);
        return Of(image);
    }

    /// <summary>Samples as they are stored.</summary>
    public static byte[] Of(Image image) => image.Format == Enums.BandFormat.Ushort
        ? MemoryMarshal.AsBytes(image.WriteToMemory<ushort>().AsSpan()).ToArray()
        : image.WriteToMemory<byte>();

    public static (int Width, int Height, int Bands) Size(string path)
    {
        using var image = Image.NewFromFile(path);
        return (image.Width, image.Height, image.Bands);
    }

    public static int LargestDifference(byte[] a, byte[] b)
    {
        Assert.Equal(a.Length, b.Length);
        return a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
    }

    public static double Psnr(byte[] a, byte[] b)
    {
        Assert.Equal(a.Length, b.Length);
        var mean = a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Average();
        return mean == 0 ? 100 : 10 * Math.Log10(255 * 255 / mean);
    }
}
