using NetVips;

namespace Koala.Imaging.Alpha;

/// <summary>
/// Enlarges alpha on a way of its own: what the network would invent on an edge of transparency would be seen as a fringe.
/// </summary>
/// <remarks>Locally bounded bicubic interpolation (lbb) stays between its neighbours: no overshoot beside an edge, opaque
/// stays exactly opaque and transparent exactly transparent.</remarks>
internal static class AlphaPlane
{
    /// <summary>Alpha at another size, to be read from top to bottom.</summary>
    public static Image Resize(Image alpha, int width, int height)
    {
        var (x, y) = ((double)width / alpha.Width, (double)height / alpha.Height);
        // Smaller: means of the pixels that fall together, which stay between these too.
        if (x < 1 || y < 1)
            return alpha.Reduced(width, height, Enums.Kernel.Linear);

        using var bounded = Interpolate.NewFromName("lbb");
        // Resize would be half an enlarged pixel off: the centre of pixel i has to come to scale * (i + 1/2) - 1/2.
        return alpha.Affine(
            [x, 0, 0, y],
            interpolate: bounded,
            oarea: [0, 0, width, height],
            odx: (x - 1) / 2,
            ody: (y - 1) / 2,
            extend: Enums.Extend.Copy);
    }
}
