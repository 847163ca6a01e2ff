using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Koala.Network.LocalFiltering;

/// <summary>
/// The upsampling network's dynamic filtering on the CPU: s² 5×5 filters a LR pixel, one for each HR pixel under it,
/// the same for R, G and B (paper, section 3.2; facts of the channel order in <see cref="LocalFilter.Upsample"/>).
/// </summary>
internal static unsafe class UpsamplingFilter<T, TElement>
    where T : unmanaged
    where TElement : struct, IElement<T>
{
    private const int Side = LocalFilter.UpsamplingSide;
    private const int Taps = Side * Side;
    private const int Reach = Side / 2;
    private const int Colours = 3;

    /// <summary>lr (N, H, W, 3) with raw filters f (N, H, W, 25·s²), normalised here → hr (N, sH, sW, 3).</summary>
    public static void Forward(float* lr, T* f, float* hr, int n, int h, int w, int s) => Strips.ForEach(n, h, (image, first, end) =>
    {
        using var rows = new ScratchRows<float, Float32Element>(lr + (long)image * h * w * Colours, null, h, w * Colours, Reach * Colours, Side);
        var filters = stackalloc float[Taps * s * s];
        var window = stackalloc float[Taps * Colours];
        var sums = stackalloc float[Colours * s * s];
        var around = stackalloc float*[Side];
        for (var row = first - Reach; row < first + Reach; row++)
            rows.Fill(row);
        for (var row = first; row < end; row++)
        {
            rows.Fill(row + Reach);
            rows.Locate(row - Reach, around);
            for (var column = 0; column < w; column++)
            {
                Window(around, window, column);
                ElementRow<T, TElement>.Load(f + (((long)image * h + row) * w + column) * Taps * s * s, filters, Taps * s * s);
                if (s == 4)
                    Filter<Vector512Lanes, Vector512<float>>(filters, window, sums);
                else
                    Filter<Vector128Lanes, Vector128<float>>(filters, window, sums);
                for (var sy = 0; sy < s; sy++)
                {
                    var destination = hr + (((long)image * s * h + s * row + sy) * s * w + s * column) * Colours;
                    for (var sx = 0; sx < s; sx++)
                        for (var colour = 0; colour < Colours; colour++)
                            destination[Colours * sx + colour] = sums[(colour * s + sy) * s + sx];
                }
            }
        }
    });

    /// <summary>
    /// The gradients: g (N, sH, sW, 3) of the result → df (N, H, W, 25·s²) of the raw filters, and dlr (N, H, W, 3)
    /// where it is asked for.
    /// </summary>
    public static void Backward(float* lr, T* f, float* g, T* df, float* dlr, int n, int h, int w, int s) =>
        // A pixel's gradient is scattered over 25 pixels: with strips they would meet, so whole images, one a thread.
        Parallel.For(0, n, image =>
        {
            using var rows = new ScratchRows<float, Float32Element>(lr + (long)image * h * w * Colours, null, h, w * Colours, Reach * Colours, Side);
            var lanes = s * s;
            var filters = stackalloc float[Taps * lanes];
            var window = stackalloc float[Taps * Colours];
            var gradient = stackalloc float[Colours * lanes];
            var around = stackalloc float*[Side];
            for (var row = -Reach; row < Reach; row++)
                rows.Fill(row);
            for (var row = 0; row < h; row++)
            {
                rows.Fill(row + Reach);
                rows.Locate(row - Reach, around);
                for (var column = 0; column < w; column++)
                {
                    var pixel = (((long)image * h + row) * w + column) * Taps * lanes;
                    Window(around, window, column);
                    for (var sy = 0; sy < s; sy++)
                    {
                        var source = g + (((long)image * s * h + s * row + sy) * s * w + s * column) * Colours;
                        for (var i = 0; i < s * Colours; i++)
                            gradient[(i % Colours * s + sy) * s + i / Colours] = source[i];
                    }

                    if (dlr is not null)
                    {
                        ElementRow<T, TElement>.Load(f + pixel, filters, Taps * lanes);
                        PixelGradient(filters, gradient, dlr + (long)image * h * w * Colours, row, column, h, w, lanes);
                    }

                    FilterGradient(window, gradient, filters, lanes);
                    ElementRow<T, TElement>.Store(filters, df + pixel, Taps * lanes);
                }
            }
        });

    // Σ_t (F_t − mean + 1/25)·X_t = Σ_t F_t·X_t − (mean − 1/25)·Σ_t X_t, for every HR pixel a lane: one pass over F.
    private static void Filter<TLanes, TVector>(float* filters, float* window, float* sums)
        where TLanes : ILanes<TVector>
    {
        TVector red = TLanes.Zero, green = TLanes.Zero, blue = TLanes.Zero, total = TLanes.Zero;
        float redSum = 0, greenSum = 0, blueSum = 0;
        for (var t = 0; t < Taps; t++)
        {
            var filter = TLanes.Load(filters + t * TLanes.Count);
            total = TLanes.MultiplyAdd(filter, 1f, total);
            red = TLanes.MultiplyAdd(filter, window[3 * t], red);
            green = TLanes.MultiplyAdd(filter, window[3 * t + 1], green);
            blue = TLanes.MultiplyAdd(filter, window[3 * t + 2], blue);
            redSum += window[3 * t];
            greenSum += window[3 * t + 1];
            blueSum += window[3 * t + 2];
        }

        TLanes.Store(sums, TLanes.MultiplyAdd(total, -redSum / Taps, TLanes.Add(red, redSum / Taps)));
        TLanes.Store(sums + TLanes.Count, TLanes.MultiplyAdd(total, -greenSum / Taps, TLanes.Add(green, greenSum / Taps)));
        TLanes.Store(sums + 2 * TLanes.Count, TLanes.MultiplyAdd(total, -blueSum / Taps, TLanes.Add(blue, blueSum / Taps)));
    }

    private static void FilterGradient(float* window, float* gradient, float* filters, int lanes)
    {
        for (var lane = 0; lane < lanes; lane++)
        {
            float red = gradient[lane], green = gradient[lanes + lane], blue = gradient[2 * lanes + lane], mean = 0;
            for (var t = 0; t < Taps; t++)
            {
                var value = red * window[3 * t] + green * window[3 * t + 1] + blue * window[3 * t + 2];
                filters[t * lanes + lane] = value;
                mean += value / Taps;
            }

            for (var t = 0; t < Taps; t++)
                filters[t * lanes + lane] -= mean;
        }
    }

    private static void PixelGradient(float* filters, float* gradient, float* dlr, int row, int column, int h, int w, int lanes)
    {
        for (var lane = 0; lane < lanes; lane++)
        {
            var mean = 0f;
            for (var t = 0; t < Taps; t++)
                mean += filters[t * lanes + lane] / Taps;
            for (var t = 0; t < Taps; t++)
            {
                var (y, x) = (row + t / Side - Reach, column + t % Side - Reach);
                if (y < 0 || y >= h || x < 0 || x >= w)
                    continue;
                var tap = filters[t * lanes + lane] - mean + 1f / Taps;
                for (var colour = 0; colour < Colours; colour++)
                    dlr[((long)y * w + x) * Colours + colour] += tap * gradient[colour * lanes + lane];
            }
        }
    }

    private static void Window(float** rows, float* window, int column)
    {
        for (var i = 0; i < Side; i++)
        {
            var source = rows[i] + column * Colours;
            for (var j = 0; j < Side * Colours; j++)
                window[i * Side * Colours + j] = source[j];
        }
    }

    /// <summary>A vector as wide as the HR pixels under one LR pixel.</summary>
    private interface ILanes<TVector>
    {
        static abstract int Count { get; }

        static abstract TVector Zero { get; }

        static abstract TVector Load(float* source);

        static abstract void Store(float* destination, TVector value);

        static abstract TVector Add(TVector value, float addend);

        static abstract TVector MultiplyAdd(TVector value, float factor, TVector addend);
    }

    private readonly struct Vector512Lanes : ILanes<Vector512<float>>
    {
        public static int Count => 16;

        public static Vector512<float> Zero => default;

        public static Vector512<float> Load(float* source) => Vector512.Load(source);

        public static void Store(float* destination, Vector512<float> value) => value.Store(destination);

        public static Vector512<float> Add(Vector512<float> value, float addend) => value + Vector512.Create(addend);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> MultiplyAdd(Vector512<float> value, float factor, Vector512<float> addend) =>
            Vector512.FusedMultiplyAdd(value, Vector512.Create(factor), addend);
    }

    private readonly struct Vector128Lanes : ILanes<Vector128<float>>
    {
        public static int Count => 4;

        public static Vector128<float> Zero => default;

        public static Vector128<float> Load(float* source) => Vector128.Load(source);

        public static void Store(float* destination, Vector128<float> value) => value.Store(destination);

        public static Vector128<float> Add(Vector128<float> value, float addend) => value + Vector128.Create(addend);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<float> MultiplyAdd(Vector128<float> value, float factor, Vector128<float> addend) =>
            Vector128.FusedMultiplyAdd(value, Vector128.Create(factor), addend);
    }
}
