namespace Koala.Client.CommandLine.Blurs;

/// <summary>A blur map without its grain, for looking at: covariances averaged over a square of pixels. Single estimates are noisy.</summary>
internal static class SmoothBlur
{
    // Pixels on each side of the middle one.
    private const int Reach = 3;

    /// <summary>Averages a map.</summary>
    /// <param name="map">Row by row.</param>
    /// <param name="width">Pixels of a row.</param>
    public static Blur[] Of(Blur[] map, int width)
    {
        var (xx, yy, xy) = (new float[map.Length], new float[map.Length], new float[map.Length]);
        for (var i = 0; i < map.Length; i++)
        {
            var (sin, cos) = Math.SinCos(map[i].Angle);
            var (major, minor) = (map[i].SigmaMajor * map[i].SigmaMajor, map[i].SigmaMinor * map[i].SigmaMinor);
            xx[i] = (float)(cos * cos * major + sin * sin * minor);
            yy[i] = (float)(sin * sin * major + cos * cos * minor);
            xy[i] = (float)(sin * cos * (major - minor));
        }
        foreach (var plane in new[] { xx, yy, xy })
        {
            for (var y = 0; y < map.Length / width; y++)
                Average(plane, y * width, 1, width);
            for (var x = 0; x < width; x++)
                Average(plane, x, width, map.Length / width);
        }
        var result = new Blur[map.Length];
        for (var i = 0; i < map.Length; i++)
            result[i] = Blur.FromCovariance(xx[i], yy[i], xy[i]);
        return result;
    }

    // A line of `count` values from `first`, `stride` apart; at its ends the mean of what is there.
    private static void Average(float[] plane, int first, int stride, int count)
    {
        var line = new float[count];
        for (var i = 0; i < count; i++)
            line[i] = plane[first + i * stride];
        var (sum, from, to) = (0.0, 0, 0);
        for (var i = 0; i < count; i++)
        {
            for (; to < Math.Min(count, i + Reach + 1); to++)
                sum += line[to];
            for (; from < i - Reach; from++)
                sum -= line[from];
            plane[first + i * stride] = (float)(sum / (to - from));
        }
    }
}
