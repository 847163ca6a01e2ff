using static TorchSharp.torch;

namespace Koala.Training.Evaluation;

/// <summary>
/// Pictures of flat leaves of all sizes that hide one another: edges in every direction and at every scale, as natural images have them, and
/// sharp everywhere.
/// </summary>
public static class DeadLeaves
{
    // Twice as fine as the picture, for soft edges.
    private const int Oversampling = 2;
    private const double SmallestRadius = 4;
    private const double LargestRadius = 120;

    // What shows through in the end is left black.
    private const double UncoveredShare = 0.002;

    /// <summary>(1, 3, H, W) in [-1, 1]; the same for the same seed.</summary>
    public static Tensor Draw(int height, int width, int seed)
    {
        var random = new Random(seed);
        var (h, w) = (height * Oversampling, width * Oversampling);
        var (pixels, covered) = (new float[3 * h * w], new bool[h * w]);
        for (var left = h * w; left > UncoveredShare * h * w;)
            left -= AddLeaf(random, pixels, covered, h, w);
        using var list = tensor(pixels);
        using var fine = list.view(1, 3, h, w);
        return nn.functional.avg_pool2d(fine, Oversampling);
    }

    // Below those that are there: nearest first. Radii are distributed as r⁻³, which looks the same at every scale.
    private static int AddLeaf(Random random, float[] pixels, bool[] covered, int h, int w)
    {
        var ratio = SmallestRadius / LargestRadius;
        var radius = Oversampling * SmallestRadius / Math.Sqrt(random.NextDouble() * (1 - ratio * ratio) + ratio * ratio);
        var (cx, cy) = (random.NextDouble() * w, random.NextDouble() * h);
        var grey = random.NextSingle() * 1.8f - 0.9f;
        float[] colour = [grey, Tint(0.6f), Tint(0.8f)];
        var (sin, cos) = Math.SinCos(random.NextDouble() * Math.PI);
        var (aspect, square) = (0.4 + 0.6 * random.NextDouble(), random.Next(2) == 0);
        var added = 0;
        for (var y = Math.Max(0, (int)(cy - 1.5 * radius)); y < Math.Min(h, cy + 1.5 * radius); y++)
            for (var x = Math.Max(0, (int)(cx - 1.5 * radius)); x < Math.Min(w, cx + 1.5 * radius); x++)
            {
                var (u, v) = (cos * (x - cx) + sin * (y - cy), (cos * (y - cy) - sin * (x - cx)) / aspect);
                var outside = square ? Math.Max(Math.Abs(u), Math.Abs(v)) > radius : u * u + v * v > radius * radius;
                if (outside || covered[y * w + x])
                    continue;
                covered[y * w + x] = true;
                added++;
                for (var c = 0; c < 3; c++)
                    pixels[(c * h + y) * w + x] = colour[c];
            }

        return added;

        float Tint(float width) => Math.Clamp(grey + (random.NextSingle() - 0.5f) * width, -1, 1);
    }
}
