using Koala.Network;
using static TorchSharp.torch;

namespace Koala.Benchmarks;

/// <summary>The bare network beside the speed of a lone convolution in the same run: what this machine could give.</summary>
internal static class NetworkBenchmark
{
    // Floating-point operations of all convolutions at ×4 per LR pixel: two for each of 3.47 million multiply-adds.
    private const double OperationsPerPixel = 6.94e6;

    public static void Run(string modelPath)
    {
        using var model = InferenceModel.Load(modelPath, CPU);
        Console.WriteLine($"{model.Name} on {InferenceDevice.Describe(CPU)}: median of 15 (smallest to largest)");
        foreach (var precision in Enum.GetValues<Precision>())
        {
            var ceiling = Ceiling(precision);
            Console.WriteLine($"{precision}: 64→64 convolution 3×3 of 256×256: {ceiling / 1e9:0} GFLOP/s");
            foreach (var side in (int[])[100, 256])
            {
                using var lr = rand([1, 3, side, side]);
                Measure.ResetPeak();
                var before = Measure.MebiBytes("VmRSS", Environment.ProcessId);
                var times = Measure.Seconds(15, () => model.Upscale(lr, precision).Dispose());
                var extra = Measure.MebiBytes("VmHWM", Environment.ProcessId) - before;
                var share = OperationsPerPixel * side * side / times[times.Length / 2] / ceiling;
                Console.WriteLine($"  {side}×{side}: {Measure.Spread(times, "s")}, {share:0 %} of it, {extra:0} MiB more at the peak");
            }
        }
    }

    private static double Ceiling(Precision precision)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var type = precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32;
        var x = rand([1, 256, 256, 64]).permute(0, 3, 1, 2).to_type(type);
        var (weight, bias) = (rand([64, 64, 3, 3]).to_type(type), rand(64).to_type(type));
        var times = Measure.Seconds(25, () => nn.functional.conv2d(x, weight, bias, padding: [1, 1]).Dispose());
        return 2.0 * 9 * 64 * 64 * 256 * 256 / times[times.Length / 2];
    }
}
