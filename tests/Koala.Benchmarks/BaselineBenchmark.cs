using System.Diagnostics;
using Koala.Network;
using Microsoft.ML.OnnxRuntime;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Koala.Benchmarks;

/// <summary>
/// The network beside what one could run it with instead: in pairs, in turn, in one process. All in fp32 unless it says bf16, with the same threads.
/// </summary>
internal static class BaselineBenchmark
{
    public static void Run(string modelPath, int side, int pairs)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = InferenceModel.Load(modelPath, CPU);
        var network = Checkpoint.Load(modelPath).Network;
        var weights = network.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);
        var lr = rand([1, 3, side, side]).Times(2).Plus(-1);
        Console.WriteLine($"{model.Name} on {InferenceDevice.Describe(CPU)}, {side}×{side}, fp32; medians of {pairs} pairs (smallest to largest)");
        var bf16Pairs = InferenceDevice.DefaultPrecision(CPU) == Network.Precision.Bf16 ? pairs : 0;
        Tensor Ours() => model.Upscale(lr, Network.Precision.Fp32);
        Tensor OursInBf16() => model.Upscale(lr, Network.Precision.Bf16);
        using (var onnx = new OnnxBaseline(modelPath))
        {
            Compare("ONNX Runtime", Ours, () => onnx.Run(lr), pairs);
            Compare("ONNX Runtime, ours in bf16", OursInBf16, () => onnx.Run(lr), bf16Pairs);
        }

        var plain = new PlainNetwork(weights, model.Info.Options.Scale);
        Compare("plain TorchSharp, by unfolding", Ours, () => plain.Upscale(lr), pairs);
        Compare("ours with libtorch's convolutions, not folded", Ours, () => network.forward(ChannelsLast.Of(lr)), pairs);
        Compare("ours in bf16", Ours, OursInBf16, bf16Pairs);
        Compare("convolutions of Real-ESRGAN's size (×4, 17.9 million multiply-adds a pixel)", Ours, () => RealEsrganSize(lr), Math.Min(pairs, 3), same: false);
    }

    private static void Compare(string name, Func<Tensor> ours, Func<Tensor> other, int pairs, bool same = true)
    {
        if (pairs == 0)
            return;
        using var scope = NewDisposeScope();
        // A pair that does not count warms up, and shows that both compute the same.
        var difference = same ? Invariant($"; largest difference {(ours() - other()).abs().max().item<float>():0.0e0}") : "";
        var (mine, theirs, ratios) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = same ? 0 : -1; i < pairs; i++)
        {
            var (a, b) = (Seconds(ours), Seconds(other));
            if (i < 0)
                continue;
            mine.Add(a);
            theirs.Add(b);
            ratios.Add(b / a);
        }

        Console.WriteLine(Invariant($"{name}: {Spread(theirs, "s")}, ours {Spread(mine, "s")}: {Spread(ratios, "times as long")}{difference}"));
    }

    private static string Spread(List<double> values, string unit) => Measure.Spread([.. values.Order()], unit);

    private static double Seconds(Func<Tensor> run)
    {
        var clock = Stopwatch.StartNew();
        run().Dispose();
        return clock.Elapsed.TotalSeconds;
    }

    // The shapes of an RRDBNet with 23 blocks: three times five convolutions of 32 channels more each, then four times the sides.
    private static Tensor RealEsrganSize(Tensor lr)
    {
        using var scope = NewDisposeScope();
        var x = ChannelsLast.Of(rand([1, 192, lr.shape[2], lr.shape[3]]));
        var inputs = Enumerable.Range(0, 5).Select(i => ChannelsLast.Of(x.narrow(1, 0, 64 + 32 * i))).ToArray();
        var filters = Enumerable.Range(0, 5).Select(i => rand([i == 4 ? 64 : 32, 64 + 32 * i, 3, 3])).ToArray();
        for (var block = 0; block < 3 * 23; block++)
            for (var i = 0; i < 5; i++)
                nn.functional.conv2d(inputs[i], filters[i], padding: [1, 1]).Dispose();
        var filter = rand([64, 64, 3, 3]);
        foreach (var (times, count) in ((int, int)[])[(1, 1), (2, 1), (4, 2)])
        {
            var larger = ChannelsLast.Of(rand([1, 64, times * lr.shape[2], times * lr.shape[3]]));
            for (var i = 0; i < count; i++)
                nn.functional.conv2d(larger, filter, padding: [1, 1]).Dispose();
        }
        return inputs[0].MoveToOuterDisposeScope();
    }

    /// <summary>The exported network in ONNX Runtime, with as many threads.</summary>
    private sealed class OnnxBaseline : IDisposable
    {
        private readonly string _file = Path.Combine(Path.GetTempPath(), $"koala-{Environment.ProcessId}.onnx");
        private readonly InferenceSession _session;

        public OnnxBaseline(string modelPath)
        {
            using var export = Process.Start(RunningWorker.Program("worker/Koala.Training", "koala-train"), ["export", "--model", modelPath, "--onnx", _file, "--tile"]);
            export.WaitForExit();
            _session = new InferenceSession(_file, new SessionOptions { IntraOpNumThreads = get_num_threads() });
        }

        public Tensor Run(Tensor lr)
        {
            using var input = OrtValue.CreateTensorValueFromMemory(lr.data<float>().ToArray(), lr.shape);
            using var options = new RunOptions();
            using var results = _session.Run(options, ["lr"], [input], ["hr"]);
            return tensor(results[0].GetTensorDataAsSpan<float>().ToArray()).view(results[0].GetTensorTypeAndShape().Shape);
        }

        public void Dispose()
        {
            _session.Dispose();
            File.Delete(_file);
        }
    }
}
