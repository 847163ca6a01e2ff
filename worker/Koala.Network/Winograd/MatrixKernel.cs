using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Koala.Network.Winograd;

/// <summary>Products of small matrices that lie in the caches: 6 rows by 16 columns at a time, all their sums in registers.</summary>
internal static unsafe class MatrixKernel
{
    /// <summary>Rows that are computed at a time.</summary>
    public const int Rows = 6;

    /// <summary>c (rows, 16 of <paramref name="stride"/>) = a (rows, depth) · b (depth, 16).</summary>
    /// <param name="a">Rows one after the other.</param>
    /// <param name="b">Rows of 16 one after the other.</param>
    /// <param name="c">Rows <paramref name="stride"/> apart.</param>
    /// <param name="rows">A multiple of 6.</param>
    /// <param name="depth">Columns of a.</param>
    /// <param name="stride">Columns between the rows of c.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* a, float* b, float* c, int rows, int depth, int stride)
    {
        for (var row = 0; row < rows; row += Rows, a += Rows * depth, c += Rows * stride)
            Multiply(a, b, c, depth, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(float* a0, float* b, float* c, int depth, int stride)
    {
        float* a1 = a0 + depth, a2 = a1 + depth, a3 = a2 + depth, a4 = a3 + depth, a5 = a4 + depth;
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        for (var i = 0; i < depth; i++, b += WinogradWeights.Panel)
        {
            var (b0, b1) = (Vector256.Load(b), Vector256.Load(b + 8));
            var factor = Vector256.Create(a0[i]);
            c00 = Fma.MultiplyAdd(factor, b0, c00);
            c01 = Fma.MultiplyAdd(factor, b1, c01);
            factor = Vector256.Create(a1[i]);
            c10 = Fma.MultiplyAdd(factor, b0, c10);
            c11 = Fma.MultiplyAdd(factor, b1, c11);
            factor = Vector256.Create(a2[i]);
            c20 = Fma.MultiplyAdd(factor, b0, c20);
            c21 = Fma.MultiplyAdd(factor, b1, c21);
            factor = Vector256.Create(a3[i]);
            c30 = Fma.MultiplyAdd(factor, b0, c30);
            c31 = Fma.MultiplyAdd(factor, b1, c31);
            factor = Vector256.Create(a4[i]);
            c40 = Fma.MultiplyAdd(factor, b0, c40);
            c41 = Fma.MultiplyAdd(factor, b1, c41);
            factor = Vector256.Create(a5[i]);
            c50 = Fma.MultiplyAdd(factor, b0, c50);
            c51 = Fma.MultiplyAdd(factor, b1, c51);
        }

        Store(c, c00, c01);
        Store(c += stride, c10, c11);
        Store(c += stride, c20, c21);
        Store(c += stride, c30, c31);
        Store(c += stride, c40, c41);
        Store(c + stride, c50, c51);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* destination, Vector256<float> left, Vector256<float> right)
    {
        left.Store(destination);
        right.Store(destination + 8);
    }
}
