using System.Runtime.InteropServices;
using Google.Protobuf;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>A kernel and the LR pixel that it was estimated for.</summary>
/// <param name="X">Column of the image.</param>
/// <param name="Y">Row of the image.</param>
/// <param name="Kernel">As it was estimated.</param>
public sealed record KernelAt(int X, int Y, BlurKernel Kernel);

/// <summary>How well a tile's result explains its input.</summary>
/// <param name="Region">The tile, in LR pixels of the image.</param>
/// <param name="MeanSquaredError">Of the input and its rebuilt pixels, over R, G and B, where 1 is white.</param>
public sealed record TileScore(PixelRegion Region, double MeanSquaredError)
{
    /// <summary>In dB, infinite where there is no difference.</summary>
    public double Psnr => -10 * Math.Log10(MeanSquaredError);
}

/// <summary>Gathers what tiles tell beside their pixels.</summary>
internal sealed class BlurFindings(TileLayout layout, UpscaleJob job)
{
    private const int KernelBytes = BlurKernel.Side * BlurKernel.Side * sizeof(float);

    private readonly List<(BlurKernel Kernel, double Weight)> _means = [];
    private readonly List<KernelAt> _kernels = [];
    private readonly List<TileScore> _scores = [];

    /// <summary>Null where it was not asked for.</summary>
    public BlurKernel? MeanKernel => job.MeanKernel ? BlurKernel.Mean(_means) : null;

    /// <summary>Row by row.</summary>
    public IReadOnlyList<KernelAt> Kernels => [.. _kernels.OrderBy(kernel => kernel.Y).ThenBy(kernel => kernel.X)];

    /// <summary>Row by row.</summary>
    public IReadOnlyList<TileScore> Scores => [.. _scores.OrderBy(score => score.Region.Y).ThenBy(score => score.Region.X)];

    /// <summary>The pixels of a tile whose kernels are wanted, in the image: those of the grid that no tile before it has.</summary>
    public IEnumerable<(int X, int Y)> KernelsOf(TilePlacement placement)
    {
        if (job.KernelStep is not { } step)
            yield break;
        var (wanted, column) = (placement.Wanted, placement.Index % layout.Columns);
        var (left, top) = (wanted.X + (column == 0 ? 0 : layout.Overlap), wanted.Y + (placement.Index < layout.Columns ? 0 : layout.Overlap));
        for (var y = OnGrid(top); y < wanted.Bottom; y += step)
            for (var x = OnGrid(left); x < wanted.Right; x += step)
                yield return (x, y);

        // The first place of the grid, whose steps have their places in their middle, that is not before.
        int OnGrid(int first) => step / 2 + (Math.Max(0, first - step / 2) + step - 1) / step * step;
    }

    /// <summary>Takes what a tile tells; false where it is not what was asked for.</summary>
    public bool TryAdd(TilePlacement placement, Wire.TileResult result)
    {
        if (job.MeanKernel)
        {
            if (KernelsIn(result.Blur?.MeanKernel) is not [{ } mean])
                return false;
            _means.Add((mean, (double)placement.Wanted.Width * placement.Wanted.Height));
        }
        (int X, int Y)[] places = [.. KernelsOf(placement)];
        if (places.Length > 0)
        {
            if (KernelsIn(result.Blur?.Kernels) is not { } kernels || kernels.Length != places.Length)
                return false;
            _kernels.AddRange(places.Zip(kernels, (place, kernel) => new KernelAt(place.X, place.Y, kernel)));
        }
        if (job.Check)
        {
            if (result.Check is null)
                return false;
            _scores.Add(new TileScore(placement.Wanted, result.Check.MeanSquaredError));
        }
        return true;
    }

    private static BlurKernel[]? KernelsIn(ByteString? bytes)
    {
        if (bytes is null || bytes.Length % KernelBytes != 0)
            return null;
        var taps = MemoryMarshal.Cast<byte, float>(bytes.Span);
        var kernels = new BlurKernel[bytes.Length / KernelBytes];
        for (var i = 0; i < kernels.Length; i++)
            kernels[i] = new BlurKernel(taps.Slice(i * BlurKernel.Side * BlurKernel.Side, BlurKernel.Side * BlurKernel.Side));
        return kernels;
    }
}
