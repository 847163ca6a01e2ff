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

    /// <summary>8 channels of 6×6 products → m×m sums at <paramref name="sums"/>, row by row.</summary>
    /// <param name="points">The products, <paramref name="stride"/> apart.</param>
    /// <param name="stride">Floats between two points.</param>
    /// <param name="sums">8·m² floats.</param>
    /// <param name="side">m, 4 or 2.</param>
    /// <param name="scratch"><see cref="Scratch"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output(float* points, int stride, float* sums, int side, float* scratch)
    {
        for (var j = 0; j < Points; j++, points += stride)
            Output(points, (long)Points * stride, scratch + 8 * j, 8 * Points, side);
        for (var i = 0; i < side; i++)
            Output(scratch + 8 * Points * i, 8, sums + 8 * side * i, 8, side);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Output(float* p, long stride, float* result, int resultStride, int side)
    {
        V p0 = Vector256.Load(p), p1 = Vector256.Load(p + stride), p2 = Vector256.Load(p + 2 * stride);
        V p3 = Vector256.Load(p + 3 * stride), p4 = Vector256.Load(p + 4 * stride), p5 = Vector256.Load(p + 5 * stride);
        V sum1 = p1 + p2, difference1 = p1 - p2, sum2 = p3 + p4, difference2 = p3 - p4;
        (p0 + sum1 + sum2).Store(result);
        var second = Fma.MultiplyAdd(Vector256.Create(2f), difference2, difference1);
        if (side == 2)
        {
            (second + p5).Store(result + resultStride);
            return;
        }

        second.Store(result + resultStride);
        Fma.MultiplyAdd(Vector256.Create(4f), sum2, sum1).Store(result + 2 * resultStride);
        (Fma.MultiplyAdd(Vector256.Create(8f), difference2, difference1) + p5).Store(result + 3 * resultStride);
    }
}
