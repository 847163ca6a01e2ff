using static TorchSharp.torch;

namespace Koala.Network.Tests.LocalFiltering;

/// <summary>
/// The three local filterings as their definitions read, one loop an index. Each calls <c>visit</c> with the indices of output,
/// filter and input of every product, so that one definition gives the result and both gradients.
/// </summary>
internal static class PlainLocalFilter
{
    public static double[] Normalise(double[] k, int n, int taps, int area)
    {
        var result = new double[k.Length];
        for (var image = 0; image < n; image++)
            for (var p = 0; p < area; p++)
            {
                var mean = 0.0;
                for (var t = 0; t < taps; t++)
                    mean += k[(image * taps + t) * area + p] / taps;
                for (var t = 0; t < taps; t++)
                    result[(image * taps + t) * area + p] = k[(image * taps + t) * area + p] - mean + 1.0 / taps;
            }

        return result;
    }

    public static void Feature(int n, int c, int h, int w, Action<int, int, int> visit)
    {
        for (var image = 0; image < n; image++)
            for (var channel = 0; channel < c; channel++)
                for (var y = 0; y < h; y++)
                    for (var x = 0; x < w; x++)
                        for (var i = 0; i < 7; i++)
                            for (var j = 0; j < 7; j++)
                            {
                                var (sy, sx) = (y + i - 3, x + j - 3);
                                if (sy >= 0 && sy < h && sx >= 0 && sx < w)
                                    visit(
                                        ((image * c + channel) * h + y) * w + x,
                                        ((image * 49 + 7 * i + j) * h + y) * w + x,
                                        ((image * c + channel) * h + sy) * w + sx);
                            }
    }

    public static void Upsample(int n, int h, int w, int s, Action<int, int, int> visit)
    {
        for (var image = 0; image < n; image++)
            for (var colour = 0; colour < 3; colour++)
                for (var y = 0; y < h; y++)
                    for (var x = 0; x < w; x++)
                        for (var t = 0; t < 25; t++)
                            for (var sub = 0; sub < s * s; sub++)
                            {
                                var (sy, sx) = (y + t / 5 - 2, x + t % 5 - 2);
                                if (sy >= 0 && sy < h && sx >= 0 && sx < w)
                                    visit(
                                        ((image * 3 + colour) * s * h + s * y + sub / s) * s * w + s * x + sub % s,
                                        ((image * 25 * s * s + t * s * s + sub) * h + y) * w + x,
                                        ((image * 3 + colour) * h + sy) * w + sx);
                            }
    }

    public static void Degrade(int n, int c, int h, int w, int s, Action<int, int, int> visit)
    {
        for (var image = 0; image < n; image++)
            for (var colour = 0; colour < c; colour++)
                for (var y = 0; y < h; y++)
                    for (var x = 0; x < w; x++)
                        for (var i = 0; i < 20; i++)
                            for (var j = 0; j < 20; j++)
                            {
                                var (sy, sx) = (s * y + i - (20 - s) / 2, s * x + j - (20 - s) / 2);
                                if (sy >= 0 && sy < s * h && sx >= 0 && sx < s * w)
                                    visit(
                                        ((image * c + colour) * h + y) * w + x,
                                        ((image * 400 + 20 * i + j) * h + y) * w + x,
                                        ((image * c + colour) * s * h + sy) * s * w + sx);
                            }
    }

    /// <summary>A tensor's values in row-major order of its shape.</summary>
    public static double[] Values(Tensor t)
    {
        using var contiguous = t.detach().to_type(ScalarType.Float64).contiguous();
        return contiguous.data<double>().ToArray();
    }
}
