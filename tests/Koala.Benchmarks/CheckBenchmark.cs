using Koala.Client;
using NetVips;
using static System.FormattableString;

namespace Koala.Benchmarks;

/// <summary>How well the check tells results of the estimated kernels from those of deliberately wrong ones.</summary>
internal static class CheckBenchmark
{
    private const int Side = 96;

    /// <summary>Prints a table in Markdown.</summary>
    /// <param name="data">Folder with the LR images of Set5 and Set14.</param>
    public static async Task RunAsync(string data)
    {
        await using var worker = new RunningWorker();
        await worker.StartAsync();
        await using var client = new KoalaClient(worker.Address);
        var images = Directory.GetFiles(data, "*.png", SearchOption.AllDirectories).Order().Where(file => file.Contains("LRx4/")).Select(Middle).ToList();
        var right = await ScoresAsync(client, images, job => job);
        Console.WriteLine(Invariant($"{images.Count} LR images of up to {Side}×{Side} pixels, ×4, fp32; estimated kernels: {Spread(right)}\n"));
        Console.WriteLine("| kernels | check | lower than with the estimated ones | AUC |\n|---|---|---|---|");
        foreach (var (name, change) in Wrong)
        {
            var wrong = await ScoresAsync(client, images, change);
            var lower = wrong.Zip(right).Count(pair => pair.First < pair.Second);
            var auc = Measure.Auc(right, wrong);
            Console.WriteLine(Invariant($"| {name} | {Spread(wrong)} | {lower} of {images.Count} | {auc:0.000} |"));
        }
    }

    private static (string Name, Func<UpscaleJob, UpscaleJob> Change)[] Wrong =>
    [
        ("given, σ 0.3", job => job with { Kernel = BlurKernel.Gaussian(0.3, 0.3, 0) }),
        ("given, σ 4", job => job with { Kernel = BlurKernel.Gaussian(4, 4, 0) }),
        ("given, σ 4 by 0.5", job => job with { Kernel = BlurKernel.Gaussian(4, 0.5, 0.8) }),
        ("half as wide as estimated", job => job with { KernelScale = 0.5 }),
        ("twice as wide as estimated", job => job with { KernelScale = 2 }),
        ("as estimated, 3 steps of back-projection", job => job with { ConsistentSteps = 3 }),
    ];

    private static async Task<double[]> ScoresAsync(KoalaClient client, List<(byte[] Pixels, int Width, int Height)> images, Func<UpscaleJob, UpscaleJob> change)
    {
        var scores = new List<double>();
        foreach (var (pixels, width, height) in images)
        {
            var result = await client.UpscaleAsync(change(new MemoryPicture(pixels, width, height).Job with { Precision = Precision.Fp32, Check = true }));
            scores.Add(result.Psnr!.Value);
        }
        return [.. scores];
    }

    private static (byte[] Pixels, int Width, int Height) Middle(string file)
    {
        using var image = Image.NewFromFile(file);
        using var rgb = image.Bands == 1 ? image.Bandjoin(image, image) : image.Copy();
        var (width, height) = (Math.Min(rgb.Width, Side), Math.Min(rgb.Height, Side));
        return (rgb.Crop((rgb.Width - width) / 2, (rgb.Height - height) / 2, width, height).WriteToMemory<byte>(), width, height);
    }

    private static string Spread(double[] scores)
    {
        var sorted = scores.Order().ToArray();
        return Invariant($"{sorted[sorted.Length / 2]:0.0} dB ({sorted[0]:0.0} to {sorted[^1]:0.0})");
    }
}
