using NetVips;

namespace Koala.EndToEnd.Tests;

/// <summary>Pictures as bytes, and what sets them apart.</summary>
internal static class Pixels
{
    public static byte[] Of(string path)
    {
        using var image = Image.NewFromFile(path);
        return image.WriteToMemory<byte>();
    }

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
