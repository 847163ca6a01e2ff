using Koala.Network;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Koala.Benchmarks;

/// <summary>This machine's ceilings, measured in the same run, and the network under them, layer by layer.</summary>
internal static class RooflineBenchmark
{
    private const int Runs = 9;

    public static void Run(string modelPath, string deviceName, int side)
    {
        var device = InferenceDevice.Parse(deviceName);
        using var model = InferenceModel.Load(modelPath, device);
        Console.WriteLine($"{model.Name} on {InferenceDevice.Describe(device)}, a tile of {side}×{side}; medians of {Runs} (smallest to largest)");
        foreach (var precision in Precisions(device))
        {
            using var _ = no_grad();
            using var scope = NewDisposeScope();
            Console.WriteLine(Invariant($"\n{precision}"));
            // First, while the process holds nothing else.
            var seconds = Whole(model, precision, device, side);
            var ceiling = Ceilings(precision, device);
            var layers = Layers(model.Info.Options.Scale, precision, device, side, ceiling);
            var speed = OperationsPerPixel(model.Info.Options.Scale) * side * side / seconds;
            Console.WriteLine(Invariant($"\nthe whole tile: {speed / 1e9:0} GFLOP/s, {speed / ceiling:0 %} of the convolution's ceiling, counted on the unfolded network; the layers alone add up to {layers / seconds:0 %} of its time"));
            if (device.type == DeviceType.CUDA)
                Batches(model, precision, device, ceiling);
            else
                Sides(model, precision);
        }
    }

    // bf16 that is emulated says nothing about anything.
    private static Network.Precision[] Precisions(Device device) =>
        InferenceDevice.DefaultPrecision(device) == Network.Precision.Bf16 ? [Network.Precision.Fp32, Network.Precision.Bf16] : [Network.Precision.Fp32];

    private static double Ceilings(Network.Precision precision, Device device)
    {
        var convolution = Convolved(64, 64, 3, 256, precision, device);
        var convolutionSpeed = 2.0 * 9 * 64 * 64 * 256 * 256 / Median(convolution);
        Console.WriteLine(Invariant($"  convolution 3×3, 64 → 64, 256×256, of libtorch: {convolutionSpeed / 1e9:0} GFLOP/s; {Measure.Spread(convolution, "ms", 1e3)}"));
        using var scope = NewDisposeScope();
        var (a, b) = (rand([2048, 2048], Type(precision), device), rand([2048, 2048], Type(precision), device));
        var product = Seconds(device, () => a.matmul(b).Dispose());
        Console.WriteLine(Invariant($"  matrix product 2048³: {2.0 * 2048 * 2048 * 2048 / Median(product) / 1e9:0} GFLOP/s; {Measure.Spread(product, "ms", 1e3)}"));
        var (from, to) = (zeros([1 << 26], ScalarType.Float32, device), zeros([1 << 26], ScalarType.Float32, device));
        var copied = Seconds(device, () => to.copy_(from));
        Console.WriteLine(Invariant($"  memory, a copy of 256 MiB: {2.0 * (1 << 28) / Median(copied) / 1e9:0.0} GB/s read and written; {Measure.Spread(copied, "ms", 1e3)}"));
        return convolutionSpeed;
    }

    private static double Layers(int scale, Network.Precision precision, Device device, int side, double ceiling)
    {
        Console.WriteLine("\n| layer, each measured alone | count | ms each | ms | GFLOP/s | of the convolution's ceiling | GB/s |\n|---|---|---|---|---|---|---|");
        var (total, size) = (0.0, precision == Network.Precision.Bf16 ? 2 : 4);
        foreach (var layer in NetworkLayer.Of(scale))
        {
            var seconds = Median(Convolved(layer.Inputs, layer.Outputs, layer.Side, (int)(side * layer.Resolution), precision, device, ours: true));
            var speed = layer.Operations(side) / seconds;
            Row(layer.Name, layer.Count, seconds, Invariant($"{speed / 1e9:0} | {speed / ceiling:0 %} | {layer.Bytes(side, size) / seconds / 1e9:0.0}"));
        }
        var convolutions = total;
        using var scope = NewDisposeScope();
        var (x, lr) = (Image(64, side, precision, device), Image(3, side, Network.Precision.Fp32, device));
        var (k, f) = (Image(49, side, precision, device), Image(25 * scale * scale, side, precision, device));
        Row("m times, local filtering 7×7, plus x", 5, Median(Seconds(device, () => LocalFilter.Feature(x, k, x, x).Dispose())), Invariant($"| |"));
        Row("local filtering 5×5", 1, Median(Seconds(device, () => LocalFilter.Upsample(lr, f, scale).Dispose())), Invariant($"| |"));
        var filtering = total - convolutions;
        Row("concatenation", 1, Median(Seconds(device, () => cat([x, x], 1).Dispose())), "| |");
        Console.WriteLine(Invariant($"| all | | | {total * 1e3:0} | | local filtering {filtering / total:0.0 %}, convolutions {convolutions / total:0.0 %} | |"));
        return total;

        void Row(string name, int count, double seconds, string rest)
        {
            total += count * seconds;
            Console.WriteLine(Invariant($"| {name} | {count} | {seconds * 1e3:0.00} | {count * seconds * 1e3:0.0} | {rest} |"));
        }
    }

    private static double Whole(InferenceModel model, Network.Precision precision, Device device, int side)
    {
        using var lr = rand([1, 3, side, side], device: device);
        // What stays is taken by the first run.
        model.Upscale(lr, precision).Dispose();
        var memory = OperatingSystem.IsLinux() && device.type == DeviceType.CPU;
        if (memory)
            Measure.ResetPeak();
        var before = memory ? Measure.MebiBytes("VmRSS", Environment.ProcessId) : 0;
        var times = Seconds(device, () => model.Upscale(lr, precision).Dispose());
        Console.WriteLine(Invariant($"  the whole tile: {Measure.Spread(times, "s")}"));
        if (memory)
            Console.WriteLine(Invariant($"  peak of this process {Measure.MebiBytes("VmHWM", Environment.ProcessId):0} MiB, {before:0} MiB of it held before the runs"));
        return Median(times);
    }

    /// <summary>Whether another size of tiles, or fewer threads, would pay: nanoseconds for an LR pixel.</summary>
    private static void Sides(InferenceModel model, Network.Precision precision)
    {
        var most = get_num_threads();
        foreach (var threads in (int[])[1, most])
        {
            set_num_threads(threads);
            foreach (var side in (int[])[64, 128, 256, 384])
            {
                using var lr = rand([1, 3, side, side]);
                var times = Measure.Seconds(3, () => model.Upscale(lr, precision).Dispose());
                Console.WriteLine(Invariant($"  {threads} threads, {side}×{side}: {Measure.Spread(times, "ns for a pixel", 1e9 / (side * side))}"));
            }
        }

        set_num_threads(most);
    }

    private static void Batches(InferenceModel model, Network.Precision precision, Device device, double ceiling)
    {
        foreach (var batch in (int[])[1, 2, 4, 8, 16, 32])
        {
            using var lr = rand([batch, 3, 100, 100], device: device);
            var times = Seconds(device, () => model.Upscale(lr, precision).Dispose());
            var speed = OperationsPerPixel(model.Info.Options.Scale) * batch * 1e4 / Median(times);
            Console.WriteLine(Invariant($"  {batch} × 100×100: {Measure.Spread(times, "ms", 1e3)}, {batch * 0.01 / Median(times):0.00} megapixels/s of LR, {speed / ceiling:0 %} of the ceiling"));
        }
    }

    /// <summary>Two for each multiply-add of the convolutions for one LR pixel, of the network as the paper has it.</summary>
    public static double OperationsPerPixel(int scale) =>
        NetworkLayer.Of(scale).Where(layer => layer.Side != 5).Sum(layer => layer.Count * layer.Operations(1)) + 2 * 2 * 9 * 64 * 400;

    private static double[] Convolved(int inputs, int outputs, int side, int imageSide, Network.Precision precision, Device device, bool ours = false)
    {
        using var scope = NewDisposeScope();
        var x = Image(inputs, imageSide, precision, device);
        if (side == 4)
        {
            var transposed = new TransposedConvolution(inputs, outputs).to(device).to(Type(precision));
            return Seconds(device, () => transposed.forward(x).Dispose());
        }
        using var convolution = new Convolution(inputs, outputs, side);
        convolution.to(device).to(Type(precision));
        if (ours)
            convolution.PrepareForInference();
        return Seconds(device, () => convolution.forward(x).Dispose());
    }

    private static Tensor Image(int channels, int side, Network.Precision precision, Device device) =>
        ChannelsLast.Of(rand([1, channels, side, side], device: device).to_type(Type(precision)));

    private static double[] Seconds(Device device, Action action) => Measure.Seconds(Runs, () =>
    {
        action();
        if (device.type == DeviceType.CUDA)
            cuda.synchronize();
    });

    private static double Median(double[] sorted) => sorted[sorted.Length / 2];

    private static ScalarType Type(Network.Precision precision) => precision == Network.Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32;
}
