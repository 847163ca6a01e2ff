using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>
/// Where an image has detail, as one rectangle: elsewhere, as in skies and grounds out of focus, the bicubic enlargement is as good as the
/// network's and takes no time.
/// </summary>
internal static class DetailedPart
{
    // Side of the square whose mean a smooth pixel is close to. Slopes are smooth.
    private const int Window = 5;

    // LR pixels around detail that still belong to it: the network's edges swing a little further than bicubic ones.
    private const int Margin = 4;

    /// <summary>The smallest rectangle in a part of images with all their detail in that part; null where there is none.</summary>
    /// <param name="lr">(N, 3, H, W) in [-1, 1], float32 on the CPU.</param>
    /// <param name="part">The part.</param>
    /// <param name="levels">A pixel this much off the mean around it, in 255ths of the range, is detail.</param>
    public static ImagePart? Of(Tensor lr, ImagePart part, double levels)
    {
        using var scope = NewDisposeScope();
        var whole = ImagePart.Whole(lr);
        var seen = part.Grown(Margin + Window / 2, whole);
        var inside = part.Grown(Window / 2, whole);
        // At the image's border there is no whole square around a pixel: tiles have a halo.
        if (inside.Height != part.Height + 2 * (Window / 2) || inside.Width != part.Width + 2 * (Window / 2))
            return part;
        var pixels = seen.Of(lr).contiguous();
        var inner = new ImagePart(Window / 2, Window / 2, seen.Height - Window + 1, seen.Width - Window + 1);
        var smooth = (inner.Of(pixels) - nn.functional.avg_pool2d(pixels, Window, 1)).abs().amax([0, 1]).IsLess(levels / 127.5);
        var (top, rows) = Extent(smooth.all(1));
        var (left, columns) = Extent(smooth.all(0));
        if (rows == 0)
            return null;
        var detail = new ImagePart(seen.Y + inner.Y + top, seen.X + inner.X + left, rows, columns).Grown(Margin, part);
        // Detail beside the part may end before it begins.
        return detail is { Height: > 0, Width: > 0 } ? detail : null;
    }

    private static (int First, int Count) Extent(Tensor smooth)
    {
        ReadOnlySpan<bool> values = smooth.data<bool>().ToArray();
        var first = values.IndexOf(false);
        return first < 0 ? (0, 0) : (first, values.LastIndexOf(false) + 1 - first);
    }
}
