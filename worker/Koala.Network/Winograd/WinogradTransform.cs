using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector256<float>;

namespace Koala.Network.Winograd;

/// <summary>The transforms before and after the products: Bᵀ d B of 6×6 pixels, and Aᵀ p A of 6×6 products; 8 channels at a time.</summary>
internal static unsafe class WinogradTransform
{
    private const int Points = WinogradWeights.Points;

    /// <summary>Floats of scratch memory that each transform wants.</summary>
    public const int Scratch = Points * Points * 8;

    /// <summary>All channels of 6×6 pixels.</summary>
    /// <param name="pixels">36 pixels, row by row.</param>
    /// <param name="channels">Of each of them, a multiple of 8.</param>
    /// <param name="floor">What smaller values are raised to: 0 for a relu, −∞ for none.</param>
    /// <param name="points">The results, <paramref name="stride"/> apart.</param>
    /// <param name="stride">Floats between two points.</param>
    /// <param name="scratch"><see cref="Scratch"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input(float** pixels, int channels, float floor, float* points, int stride, float* scratch)
    {
        var least = Vector256.Create(floor);
        for (var channel = 0; channel < channels; channel += 8)
        {
            for (var j = 0; j < Points; j++)
                Input(
                    Load(pixels[j] + channel, least), Load(pixels[j + 6] + channel, least), Load(pixels[j + 12] + channel, least),
                    Load(pixels[j + 18] + channel, least), Load(pixels[j + 24] + channel, least), Load(pixels[j + 30] + channel, least),
                    scratch + 8 * j, 8 * Points);
            for (var i = 0; i < Points; i++)
            {
                var row = scratch + 8 * Points * i;
                Input(
                    Vector256.Load(row), Vector256.Load(row + 8), Vector256.Load(row + 16),
                    Vector256.Load(row + 24), Vector256.Load(row + 32), Vector256.Load(row + 40),
                    points + (long)Points * i * stride + channel, stride);
            }
        }
    }

    /// <summary>All channels of 6×6 products → the m×m pixels of a tile, or those of them that lie in the image.</summary>
    /// <param name="points">The products, <paramref name="stride"/> apart.</param>
    /// <param name="stride">Floats between two points.</param>
    /// <param name="tile">Where the pixels go, and what happens to them on the way.</param>
    /// <param name="scratch"><see cref="Scratch"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output(float* points, int stride, in OutputTile tile, float* scratch)
    {
        var floor = Vector256.Create(tile.Floor);
        var plus = tile.Plus is null ? 0 : tile.Plus - tile.Destination;
        for (var channel = 0; channel < tile.Channels; channel += 8)
        {
            for (var j = 0; j < Points; j++)
            {
                Sums(points + (long)j * stride + channel, (long)Points * stride, tile.Side, out var s0, out var s1, out var s2, out var s3);
                s0.Store(scratch + 8 * j);
                s1.Store(scratch + 8 * (Points + j));
                s2.Store(scratch + 8 * (2 * Points + j));
                s3.Store(scratch + 8 * (3 * Points + j));
            }

            var bias = Vector256.Load(tile.Bias + channel);
            for (var i = 0; i < tile.Rows; i++)
            {
                Sums(scratch + 8 * Points * i, 8, tile.Side, out var s0, out var s1, out var s2, out var s3);
                var pixel = tile.Destination + i * tile.RowStride + channel;
                Put(pixel, s0, bias, floor, plus);
                if (tile.Columns > 1)
                    Put(pixel + tile.PixelStride, s1, bias, floor, plus);
                if (tile.Columns > 2)
                    Put(pixel + 2 * tile.PixelStride, s2, bias, floor, plus);
                if (tile.Columns > 3)
                    Put(pixel + 3 * tile.PixelStride, s3, bias, floor, plus);
            }
        }
    }

    // maxps keeps its second operand where one is no number: what is not finite stays visible.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load(float* source, V least) => Avx.Max(least, Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input(V d0, V d1, V d2, V d3, V d4, V d5, float* result, int stride)
    {
        V four = Vector256.Create(4f), minusFour = Vector256.Create(-4f), minusFive = Vector256.Create(-5f), two = Vector256.Create(2f);
        var (even, odd) = (Fma.MultiplyAdd(minusFour, d2, d4), Fma.MultiplyAdd(minusFour, d1, d3));
        var (near, far) = (d4 - d2, two * (d3 - d1));
        Fma.MultiplyAdd(four, d0, Fma.MultiplyAdd(minusFive, d2, d4)).Store(result);
        (even + odd).Store(result += stride);
        (even - odd).Store(result += stride);
        (near + far).Store(result += stride);
        (near - far).Store(result += stride);
        Fma.MultiplyAdd(four, d1, Fma.MultiplyAdd(minusFive, d3, d5)).Store(result + stride);
    }

    // Of m = 2 the first two alone mean anything.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sums(float* p, long stride, int side, out V s0, out V s1, out V s2, out V s3)
    {
        V p0 = Vector256.Load(p), p1 = Vector256.Load(p + stride), p2 = Vector256.Load(p + 2 * stride);
        V p3 = Vector256.Load(p + 3 * stride), p4 = Vector256.Load(p + 4 * stride), p5 = Vector256.Load(p + 5 * stride);
        V sum1 = p1 + p2, difference1 = p1 - p2, sum2 = p3 + p4, difference2 = p3 - p4;
        s0 = p0 + sum1 + sum2;
        s1 = Fma.MultiplyAdd(Vector256.Create(2f), difference2, difference1);
        s2 = Fma.MultiplyAdd(Vector256.Create(4f), sum2, sum1);
        s3 = Fma.MultiplyAdd(Vector256.Create(8f), difference2, difference1) + p5;
        if (side == 2)
            s1 += p5;
    }

    /// <param name="pixel">Where it goes.</param>
    /// <param name="sum">What goes there.</param>
    /// <param name="bias">Added first.</param>
    /// <param name="floor">Then the least.</param>
    /// <param name="plus">How far from <paramref name="pixel"/> that lies which is added last; 0 for nothing.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* pixel, V sum, V bias, V floor, long plus)
    {
        var value = Avx.Max(floor, sum + bias);
        if (plus != 0)
            value += Vector256.Load(pixel + plus);
        value.Store(pixel);
    }
}

/// <summary>A tile of a result.</summary>
internal unsafe ref struct OutputTile
{
    /// <summary>Its first pixel's first channel.</summary>
    public float* Destination;

    /// <summary>As <see cref="Destination"/>, of what is added last; null for nothing.</summary>
    public float* Plus;

    /// <summary>Of the first channel.</summary>
    public float* Bias;

    /// <summary>What smaller values are raised to before that: 0 for a relu, −∞ for none.</summary>
    public float Floor;

    /// <summary>How many, a multiple of 8.</summary>
    public int Channels;

    /// <summary>m: 4 or 2.</summary>
    public int Side;

    /// <summary>Rows that lie in the image.</summary>
    public int Rows;

    /// <summary>Columns that lie in the image.</summary>
    public int Columns;

    /// <summary>Floats between two rows.</summary>
    public long RowStride;

    /// <summary>Floats between two pixels.</summary>
    public int PixelStride;
}
