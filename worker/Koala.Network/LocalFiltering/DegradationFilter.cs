using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Koala.Network.LocalFiltering;

/// <summary>
/// The degradation on the CPU: one 20×20 kernel a LR pixel, the same for R, G and B, sampled every s HR pixels (paper,
/// Eq. 2).
/// </summary>
internal static unsafe class DegradationFilter
{
    private const int Side = LocalFilter.DegradationSide;
    private const int Taps = Side * Side;

    /// <summary>
    /// hr (N, 3, sH, sW) with kernels k (N, H, W, 400) as they are → lr (N, 3, H, W); zero outside the image.
    /// </summary>
    public static void Forward(float* hr, float* k, float* lr, int n, int h, int w, int s, int colours) =>
        Strips.ForEach(n, h, (image, first, end) =>
        {
            using var planes = new Planes(hr + (long)image * colours * s * h * s * w, h, w, s, colours);
            for (var row = first; row < end; row++)
            {
                planes.MoveTo(row);
                for (var column = 0; column < w; column++)
                {
                    var kernel = k + (((long)image * h + row) * w + column) * Taps;
                    for (var colour = 0; colour < colours; colour++)
                    {
                        Vector512<float> long16 = default;
                        Vector128<float> long4 = default;
                        for (var i = 0; i < Side; i++)
                        {
                            var source = planes[colour, i] + s * column;
                            long16 = Vector512.FusedMultiplyAdd(Vector512.Load(kernel + Side * i), Vector512.Load(source), long16);
                            long4 = Vector128.FusedMultiplyAdd(Vector128.Load(kernel + Side * i + 16), Vector128.Load(source + 16), long4);
                        }

                        lr[(((long)image * colours + colour) * h + row) * w + column] = Vector512.Sum(long16) + Vector128.Sum(long4);
                    }
                }
            }
        });

    /// <summary>
    /// The gradients: g (N, 3, H, W) of the result → dk (N, H, W, 400), and dhr (N, 3, sH, sW) where it is asked for.
    /// </summary>
    public static void Backward(float* hr, float* k, float* g, float* dk, float* dhr, int n, int h, int w, int s, int colours)
    {
        Strips.ForEach(n, h, (image, first, end) =>
        {
            using var planes = new Planes(hr + (long)image * colours * s * h * s * w, h, w, s, colours);
            for (var row = first; row < end; row++)
            {
                planes.MoveTo(row);
                for (var column = 0; column < w; column++)
                {
                    var kernel = dk + (((long)image * h + row) * w + column) * Taps;
                    for (var i = 0; i < Side; i++)
                    {
                        Vector512<float> long16 = default;
                        Vector128<float> long4 = default;
                        for (var colour = 0; colour < colours; colour++)
                        {
                            var gradient = g[(((long)image * colours + colour) * h + row) * w + column];
                            var source = planes[colour, i] + s * column;
                            long16 = Vector512.FusedMultiplyAdd(Vector512.Load(source), Vector512.Create(gradient), long16);
                            long4 = Vector128.FusedMultiplyAdd(Vector128.Load(source + 16), Vector128.Create(gradient), long4);
                        }

                        long16.Store(kernel + Side * i);
                        long4.Store(kernel + Side * i + 16);
                    }
                }
            }
        });
        if (dhr is not null)
            Transposed(k, g, dhr, n, h, w, s, colours);
    }

    /// <summary>The transpose of <see cref="Forward"/>: adds to hr (N, 3, sH, sW) what lr (N, 3, H, W) spreads through the kernels.</summary>
    /// <remarks>Kernels overlap, so a plane is one thread's.</remarks>
    public static void Transposed(float* k, float* lr, float* hr, int n, int h, int w, int s, int colours) =>
        Parallel.For(0, n * colours, plane =>
        {
            for (var row = 0; row < h; row++)
                for (var column = 0; column < w; column++)
                    Scatter(
                        k + (((long)(plane / colours) * h + row) * w + column) * Taps,
                        lr[((long)plane * h + row) * w + column],
                        hr + (long)plane * s * h * s * w, s * row - (Side - s) / 2, s * column - (Side - s) / 2, s * h, s * w);
        });

    private static void Scatter(float* kernel, float gradient, float* plane, int top, int left, int height, int width)
    {
        var (firstColumn, endColumn) = (Math.Max(0, -left), Math.Min(Side, width - left));
        for (var i = Math.Max(0, -top); i < Math.Min(Side, height - top); i++)
            for (var j = firstColumn; j < endColumn; j++)
                plane[(long)(top + i) * width + left + j] += gradient * kernel[Side * i + j];
    }

    /// <summary>The 20 HR rows of each colour under a LR row, with a zero border.</summary>
    private sealed class Planes : IDisposable
    {
        private readonly ScratchRows<float, Float32Element>[] _rows;
        private readonly int _scale;
        private int _top;
        private int _filled = int.MinValue;

        public Planes(float* image, int h, int w, int s, int colours)
        {
            _scale = s;
            _rows = [.. Enumerable.Range(0, colours).Select(c =>
                new ScratchRows<float, Float32Element>(image + (long)c * s * h * s * w, null, s * h, s * w, (Side - s) / 2, Side))];
        }

        public float* this[int colour, int i]
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => _rows[colour][_top + i];
        }

        public void MoveTo(int row)
        {
            _top = _scale * row - (Side - _scale) / 2;
            for (var r = Math.Max(_top, _filled); r < _top + Side; r++)
                foreach (var plane in _rows)
                    plane.Fill(r);
            _filled = _top + Side;
        }

        public void Dispose()
        {
            foreach (var plane in _rows)
                plane.Dispose();
        }
    }
}
