using static TorchSharp.torch;

namespace Koala.Network.LocalFiltering;

/// <summary>
/// The three local filterings in tensor operations, for devices without a kernel of their own (CUDA). Differentiable by
/// autograd; without it the memory is bounded: a strip of rows at a time.
/// </summary>
internal static class TensorLocalFilter
{
    // Elements of one unfolded strip: 256 MiB in 32 bits.
    private const long StripElements = 64L << 20;

    /// <summary>As <see cref="LocalFilter.Feature"/>.</summary>
    public static Tensor Feature(Tensor x, Tensor filters)
    {
        const int side = LocalFilter.FeatureSide, reach = side / 2;
        var (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        using var scope = NewDisposeScope();
        var k = LocalFilter.Normalise(filters.to_type(ScalarType.Float32)).to_type(x.dtype);
        var padded = nn.functional.pad(x, [reach, reach, reach, reach]);
        return InStrips(h, n * c * side * side * w, (first, rows) =>
        {
            var windows = nn.functional.unfold(padded.narrow(2, first, rows + 2 * reach), (side, side)).view(n, c, side * side, rows * w);
            var weights = k.narrow(2, first, rows).reshape(n, 1, side * side, rows * w);
            return (windows * weights).sum(2, type: ScalarType.Float32).to_type(x.dtype).view(n, c, rows, w);
        }).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="LocalFilter.Upsample"/>.</summary>
    public static Tensor Upsample(Tensor lr, Tensor filters, int scale)
    {
        const int side = LocalFilter.UpsamplingSide, reach = side / 2;
        var (n, h, w, s2) = (lr.shape[0], lr.shape[2], lr.shape[3], scale * scale);
        using var scope = NewDisposeScope();
        var padded = nn.functional.pad(lr.to_type(ScalarType.Float32), [reach, reach, reach, reach]);
        return InStrips(h, n * 3 * side * side * s2 * w, (first, rows) =>
        {
            var windows = nn.functional.unfold(padded.narrow(2, first, rows + 2 * reach), (side, side)).view(n, 3, side * side, 1, rows * w);
            var f = filters.narrow(2, first, rows).reshape(n, side * side, s2, rows * w).to_type(ScalarType.Float32);
            f = LocalFilter.Normalise(f).unsqueeze(1);
            return nn.functional.pixel_shuffle((windows * f).sum(2).view(n, 3 * s2, rows, w), scale);
        }).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="LocalFilter.Degrade"/>.</summary>
    public static Tensor Degrade(Tensor hr, Tensor kernels, int scale)
    {
        const int side = LocalFilter.DegradationSide;
        var (n, c, h, w) = (hr.shape[0], hr.shape[1], kernels.shape[2], kernels.shape[3]);
        var border = (side - scale) / 2;
        using var scope = NewDisposeScope();
        var padded = nn.functional.pad(hr, [border, border, border, border]);
        return InStrips(h, n * c * side * side * w, (first, rows) =>
        {
            var strip = padded.narrow(2, scale * first, scale * rows + 2 * border);
            var windows = nn.functional.unfold(strip, (side, side), stride: (scale, scale)).view(n, c, side * side, rows * w);
            return (windows * kernels.narrow(2, first, rows).reshape(n, 1, side * side, rows * w)).sum(2).view(n, c, rows, w);
        }).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="LocalFilter.Spread"/>.</summary>
    public static Tensor Spread(Tensor lr, Tensor kernels, int scale)
    {
        const int side = LocalFilter.DegradationSide;
        var (n, c, h, w) = (lr.shape[0], lr.shape[1], lr.shape[2], lr.shape[3]);
        var border = (side - scale) / 2;
        using var scope = NewDisposeScope();
        var weights = kernels.reshape(n, side * side, h * w);
        var colours = new List<Tensor>();
        // A colour at a time: unfolded, an image is 400 times as large.
        for (var colour = 0; colour < c; colour++)
        {
            using var windows = weights * lr.narrow(1, colour, 1).reshape(n, 1, h * w);
            colours.Add(nn.functional.fold(windows, (scale * h + 2 * border, scale * w + 2 * border), (side, side), stride: (scale, scale)));
        }

        return cat(colours, 1).narrow(2, border, scale * h).narrow(3, border, scale * w).contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor InStrips(long rows, long elementsPerRow, Func<long, long, Tensor> filter)
    {
        var step = Math.Clamp(StripElements / elementsPerRow, 1, rows);
        if (step == rows)
            return filter(0, rows);
        var strips = new List<Tensor>();
        for (long first = 0; first < rows; first += step)
        {
            using var scope = NewDisposeScope();
            strips.Add(filter(first, Math.Min(step, rows - first)).MoveToOuterDisposeScope());
        }

        return cat(strips, 2);
    }
}
