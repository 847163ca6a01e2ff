using Koala.Network;
using static TorchSharp.torch;

namespace Koala.Benchmarks;

/// <summary>What the network takes for an LR pixel while it computes: the number behind the worker's --max-memory.</summary>
internal static class MemoryBenchmark
{
    public static void Run(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*.safetensors").Order(StringComparer.Ordinal))
        {
            using var model = InferenceModel.Load(path, CPU);
            foreach (var precision in Enum.GetValues<Precision>())
            {
                // The first run takes what stays.
                using (var small = rand([1, 3, 64, 64]))
                    model.Upscale(small, precision).Dispose();
                foreach (var side in (int[])[128, 256, 384])
                {
                    using var lr = rand([1, 3, side, side]);
                    Measure.ResetPeak();
                    var before = Measure.MebiBytes("VmRSS", Environment.ProcessId);
                    model.Upscale(lr, precision).Dispose();
                    var more = Measure.MebiBytes("VmHWM", Environment.ProcessId) - before;
                    Console.WriteLine($"{model.Name} {precision} {side}×{side}: {more:0} MiB more, {more * (1 << 20) / (side * side):0} bytes per LR pixel");
                }
            }
        }
    }
}
