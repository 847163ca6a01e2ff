using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Koala.Network.LocalFiltering;

/// <summary>
/// The KOALA module's local filtering on the CPU: one 7×7 filter a pixel, the same for all channels (paper, Eq. 8), in
/// one pass over the image with a pixel's channels in vector registers.
/// </summary>
internal static unsafe class FeatureFilter<T, TElement>
    where T : unmanaged
    where TElement : struct, IElement<T>
{
    private const int Side = LocalFilter.FeatureSide;
    private const int Taps = Side * Side;
    private const int Reach = Side / 2;

    /// <summary>Channels that are filtered together: four vectors.</summary>
    public const int ChannelGroup = 64;

    /// <summary>
    /// (x · times) (N, H, W, C) with raw filters k (N, H, W, 49), normalised here, + plus → y (N, H, W, C); times and plus may be null.
    /// </summary>
    public static void Forward(T* x, T* times, T* plus, T* k, T* y, int n, int h, int w, int c) => Strips.ForEach(n, h, (image, first, end) =>
    {
        var start = (long)image * h * w * c;
        using var rows = new ScratchRows<T, TElement>(x + start, times is null ? null : times + start, h, w * c, Reach * c, Side);
        var taps = stackalloc float[Taps];
        var around = stackalloc float*[Side];
        for (var row = first - Reach; row < first + Reach; row++)
            rows.Fill(row);
        for (var row = first; row < end; row++)
        {
            rows.Fill(row + Reach);
            rows.Locate(row - Reach, around);
            for (var column = 0; column < w; column++)
            {
                var pixel = ((long)image * h + row) * w + column;
                ElementRow<T, TElement>.LoadNormalised(k + pixel * Taps, taps, Taps);
                for (var group = 0; group < c; group += ChannelGroup)
                {
                    Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
                    if (plus is not null)
                        Load(plus + pixel * c + group, ref a0, ref a1, ref a2, ref a3);
                    for (var i = 0; i < Side; i++)
                    {
                        var source = around[i] + column * c + group;
                        for (var j = 0; j < Side; j++, source += c)
                            Accumulate(source, Vector512.Create(taps[Side * i + j]), ref a0, ref a1, ref a2, ref a3);
                    }

                    Store(y + pixel * c + group, a0, a1, a2, a3);
                }
            }
        }
    });

    /// <summary>
    /// The gradients: g (N, H, W, C) of the result → dx (N, H, W, C) and dk (N, H, W, 49) of the raw filters.
    /// </summary>
    public static void Backward(T* x, T* k, T* g, T* dx, T* dk, int n, int h, int w, int c)
    {
        // A pixel's gradient gathers the filters of the 49 pixels around it: normalise each once, with a border.
        var (width, height) = (w + 2 * Reach, h + 2 * Reach);
        var filters = (float*)NativeMemory.AllocZeroed((nuint)((long)n * width * height * Taps), sizeof(float));
        try
        {
            Strips.ForEach(n, h, (image, first, end) =>
            {
                for (var row = first; row < end; row++)
                    for (var column = 0; column < w; column++)
                        ElementRow<T, TElement>.LoadNormalised(
                            k + (((long)image * h + row) * w + column) * Taps,
                            filters + (((long)image * height + row + Reach) * width + column + Reach) * Taps, Taps);
            });
            Strips.ForEach(n, h, (image, first, end) =>
            {
                using var gradients = new ScratchRows<T, TElement>(g + (long)image * h * w * c, null, h, w * c, Reach * c, Side);
                using var inputs = new ScratchRows<T, TElement>(x + (long)image * h * w * c, null, h, w * c, Reach * c, Side);
                var taps = stackalloc float[Taps];
                var gradientRows = stackalloc float*[Side];
                var inputRows = stackalloc float*[Side];
                for (var row = first - Reach; row < first + Reach; row++)
                {
                    gradients.Fill(row);
                    inputs.Fill(row);
                }

                for (var row = first; row < end; row++)
                {
                    gradients.Fill(row + Reach);
                    inputs.Fill(row + Reach);
                    gradients.Locate(row - Reach, gradientRows);
                    inputs.Locate(row - Reach, inputRows);
                    for (var column = 0; column < w; column++)
                    {
                        var pixel = ((long)image * h + row) * w + column;
                        var around = filters + (((long)image * height + row) * width + column) * Taps;
                        InputGradient(gradientRows, around, width, dx + pixel * c, column, c);
                        FilterGradient(gradientRows[Reach], inputRows, taps, column, c);
                        // The normalisation subtracts the mean, and so does its gradient.
                        ElementRow<T, TElement>.Shift(taps, Taps, 0f);
                        ElementRow<T, TElement>.Store(taps, dk + pixel * Taps, Taps);
                    }
                }
            });
        }
        finally
        {
            NativeMemory.Free(filters);
        }
    }

    // dx[q] = Σ over p around q of g[p] times the tap of p's filter that looks at q.
    private static void InputGradient(float** gradients, float* around, int width, T* dx, int column, int c)
    {
        for (var group = 0; group < c; group += ChannelGroup)
        {
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
            for (var i = 0; i < Side; i++)
            {
                var source = gradients[i] + column * c + group;
                var filter = around + (long)i * width * Taps;
                for (var j = 0; j < Side; j++, source += c)
                    Accumulate(source, Vector512.Create(filter[j * Taps + Taps - 1 - (Side * i + j)]), ref a0, ref a1, ref a2, ref a3);
            }

            Store(dx + group, a0, a1, a2, a3);
        }
    }

    // dk[p, t] = Σ over channels of g[p] times the pixel that tap t looks at.
    private static void FilterGradient(float* gradients, float** inputs, float* taps, int column, int c)
    {
        var gradient = gradients + (column + Reach) * c;
        for (var i = 0; i < Side; i++)
        {
            var source = inputs[i] + column * c;
            for (var j = 0; j < Side; j++, source += c)
            {
                Vector512<float> even = default, odd = default;
                for (var channel = 0; channel < c; channel += 32)
                {
                    even = Vector512.FusedMultiplyAdd(Vector512.Load(gradient + channel), Vector512.Load(source + channel), even);
                    odd = Vector512.FusedMultiplyAdd(Vector512.Load(gradient + channel + 16), Vector512.Load(source + channel + 16), odd);
                }

                taps[Side * i + j] = Vector512.Sum(even + odd);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(
        float* source, Vector512<float> tap,
        ref Vector512<float> a0, ref Vector512<float> a1, ref Vector512<float> a2, ref Vector512<float> a3)
    {
        a0 = Vector512.FusedMultiplyAdd(Vector512.Load(source), tap, a0);
        a1 = Vector512.FusedMultiplyAdd(Vector512.Load(source + 16), tap, a1);
        a2 = Vector512.FusedMultiplyAdd(Vector512.Load(source + 32), tap, a2);
        a3 = Vector512.FusedMultiplyAdd(Vector512.Load(source + 48), tap, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(T* source, ref Vector512<float> a0, ref Vector512<float> a1, ref Vector512<float> a2, ref Vector512<float> a3)
    {
        a0 = TElement.Load(source);
        a1 = TElement.Load(source + 16);
        a2 = TElement.Load(source + 32);
        a3 = TElement.Load(source + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T* destination, Vector512<float> a0, Vector512<float> a1, Vector512<float> a2, Vector512<float> a3)
    {
        TElement.Store(destination, a0);
        TElement.Store(destination + 16, a1);
        TElement.Store(destination + 32, a2);
        TElement.Store(destination + 48, a3);
    }
}
