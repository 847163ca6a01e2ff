using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Koala.Network.Winograd;

/// <summary>
/// Convolutions in float32 on the CPU with a quarter (3×3) or a third (5×5) of the multiplications: tiles of the image are transformed,
/// multiplied with the transformed weights and transformed back, a few of them at a time so that all of it stays in the caches.
/// What comes before and after a convolution is done on the way. Equal to the plain convolution but for rounding.
/// </summary>
internal static unsafe class WinogradConvolution
{
    private const int Points = WinogradWeights.Points;
    private const int PointCount = Points * Points;

    // Outputs whose products are held at a time.
    private const int OutputGroup = 128;

    /// <summary>Whether these weights (outputs, inputs, r, r) are some for it, and this processor has the instructions.</summary>
    public static bool Fits(Tensor weight) =>
        Avx.IsSupported && Fma.IsSupported && weight.device_type == DeviceType.CPU && weight.dtype == ScalarType.Float32
        && weight.shape[0] % WinogradWeights.Panel == 0 && weight.shape[1] % 8 == 0 && weight.shape[2] is 3 or 5 && weight.shape[2] == weight.shape[3];

    /// <summary>
    /// <c>x (N, inputs, H, W) → relu?(convolution(relu?(x))) + plus (N, outputs, H, W)</c>, float32, zero padding, without gradient.
    /// </summary>
    /// <param name="x">float32; channels-last is fastest.</param>
    /// <param name="weights">Filters and bias.</param>
    /// <param name="activeInput">Whether a relu comes before.</param>
    /// <param name="activeOutput">Whether a relu comes after.</param>
    /// <param name="plus">What is added last, (N, outputs, H, W); null for nothing.</param>
    public static Tensor Forward(Tensor x, WinogradWeights weights, bool activeInput, bool activeOutput, Tensor? plus)
    {
        using var pixels = ChannelsLast.Pixels(x);
        using var addend = plus is null ? null : ChannelsLast.Pixels(plus);
        var (n, _, h, w) = ChannelsLast.Sizes(x);
        var result = ChannelsLast.Empty(n, weights.Outputs, h, w, ScalarType.Float32);
        using var destination = ChannelsLast.Pixels(result);
        var work = new Work(
            weights, pixels.Pointer<float>(), destination.Pointer<float>(), addend is null ? null : addend.Pointer<float>(),
            n, h, w, activeInput ? 0 : float.NegativeInfinity, activeOutput ? 0 : float.NegativeInfinity);
        Parallel.For(
            0, work.Blocks, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() },
            () => (nint)NativeMemory.AlignedAlloc((nuint)work.ScratchBytes, 64),
            (block, _, scratch) =>
            {
                work.Run(block, (float*)scratch);
                return scratch;
            },
            scratch => NativeMemory.AlignedFree((void*)scratch));
        return result;
    }

    private sealed class Work(
        WinogradWeights weights, float* source, float* destination, float* plus, int n, int h, int w, float inputFloor, float outputFloor)
    {
        private readonly int _side = weights.TileSide;
        private readonly int _across = (w + weights.TileSide - 1) / weights.TileSide;
        private readonly int _down = (h + weights.TileSide - 1) / weights.TileSide;
        // Tiles of a block; a multiple of the rows that are multiplied at a time.
        private readonly int _tiles = (weights.Inputs > 128 ? 4 : 8) * MatrixKernel.Rows;
        private readonly int _group = Math.Min(weights.Outputs, OutputGroup);

        public int Blocks => (n * _down * _across + _tiles - 1) / _tiles;

        // Of all points side by side. A cache line more than it takes: at multiples of 4 KiB they would fight for the same lines of the cache.
        private int InputStride => _tiles * weights.Inputs + 16;

        private int ProductStride(int width) => _tiles * width + 16;

        public long ScratchBytes => sizeof(float)
            * ((long)PointCount * (InputStride + ProductStride(_group)) + WinogradTransform.Scratch + weights.Inputs);

        public void Run(int block, float* scratch)
        {
            var input = scratch;
            var products = input + (long)PointCount * InputStride;
            var transform = products + (long)PointCount * ProductStride(_group);
            var zeros = transform + WinogradTransform.Scratch;
            NativeMemory.Clear(zeros, (nuint)(weights.Inputs * sizeof(float)));
            var first = block * _tiles;
            var count = Math.Min(_tiles, n * _down * _across - first);
            // Rows beyond the last tile are multiplied too; their results are looked at by nobody.
            var rows = (count + MatrixKernel.Rows - 1) / MatrixKernel.Rows * MatrixKernel.Rows;
            var around = stackalloc float*[PointCount];
            for (var tile = 0; tile < count; tile++)
            {
                Locate(first + tile, around, zeros);
                WinogradTransform.Input(around, weights.Inputs, inputFloor, input + tile * weights.Inputs, InputStride, transform);
            }

            for (var output = 0; output < weights.Outputs; output += _group)
            {
                var width = Math.Min(_group, weights.Outputs - output);
                Multiply(input, products, output, width, rows);
                for (var tile = 0; tile < count; tile++)
                    WinogradTransform.Output(products + tile * width, ProductStride(width), Tile(first + tile, output, width), transform);
            }
        }

        private void Multiply(float* input, float* products, int output, int width, int rows)
        {
            for (var point = 0; point < PointCount; point++)
            {
                var panel = weights.Values + ((long)point * weights.Outputs + output) * weights.Inputs;
                for (var column = 0; column < width; column += WinogradWeights.Panel, panel += WinogradWeights.Panel * weights.Inputs)
                    MatrixKernel.Multiply(
                        input + (long)point * InputStride, panel, products + (long)point * ProductStride(width) + column,
                        rows, weights.Inputs, width);
            }
        }

        private (int Image, int Y, int X) Place(int tile) => (tile / (_down * _across), tile / _across % _down * _side, tile % _across * _side);

        private void Locate(int tile, float** around, float* zeros)
        {
            var (image, top, left) = Place(tile);
            (top, left) = (top - weights.Side / 2, left - weights.Side / 2);
            for (var i = 0; i < Points; i++)
                for (var j = 0; j < Points; j++)
                {
                    var (y, x) = (top + i, left + j);
                    around[Points * i + j] = (uint)y < (uint)h && (uint)x < (uint)w
                        ? source + (((long)image * h + y) * w + x) * weights.Inputs
                        : zeros;
                }
        }

        private OutputTile Tile(int tile, int output, int width)
        {
            var (image, top, left) = Place(tile);
            var start = (((long)image * h + top) * w + left) * weights.Outputs + output;
            return new OutputTile
            {
                Destination = destination + start,
                Plus = plus is null ? null : plus + start,
                Bias = weights.Bias + output,
                Floor = outputFloor,
                Channels = width,
                Side = _side,
                Rows = Math.Min(_side, h - top),
                Columns = Math.Min(_side, w - left),
                RowStride = (long)w * weights.Outputs,
                PixelStride = weights.Outputs,
            };
        }
    }
}
