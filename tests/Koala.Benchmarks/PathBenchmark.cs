using System.Diagnostics;
using Koala.Client;
using Koala.Network;
using static TorchSharp.torch;

namespace Koala.Benchmarks;

/// <summary>What worker and client add to the bare network, and what several clients gain by asking at once.</summary>
internal static class PathBenchmark
{
    private const int Side = 1000;

    public static async Task RunAsync(string modelPath)
    {
        using var model = InferenceModel.Load(modelPath, CPU);
        await using var worker = new RunningWorker();
        var status = await worker.StartAsync();
        await using var client = new KoalaClient(worker.Address);
        var pixels = new byte[3 * Side * Side];
        new Random(1).NextBytes(pixels);
        var picture = new MemoryPicture(pixels, Side, Side);
        var layout = new TileLayout(Side, Side, status.Limits.PreferredTileSide, model.Info.HaloLr);
        Console.WriteLine($"{Side}×{Side} pixels, {layout.Count} tiles of {layout.TileWidth}×{layout.TileHeight}, {InferenceDevice.DefaultPrecision(CPU)}; bare network and whole path in turn:");
        var ratios = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            var bare = Bare(model, layout);
            var path = await client.UpscaleAsync(picture.Job);
            // The first pair warms up.
            if (i > 0)
                ratios.Add(path.Elapsed.TotalSeconds / bare);
            Console.WriteLine($"  bare {bare:0.00} s, path {path.Elapsed.TotalSeconds:0.00} s, of it on the device {path.ComputeSeconds:0.00} s");
        }

        Console.WriteLine($"  overhead: {Measure.Spread([.. ratios.Order()], "of the bare time")}");
        Console.WriteLine($"worker's peak: {Measure.MebiBytes("VmHWM", status.ProcessId):0} MiB");
    }

    public static async Task ClientsAsync()
    {
        const int side = 48;
        await using var worker = new RunningWorker();
        await worker.StartAsync();
        foreach (var count in (int[])[1, 2, 8])
        {
            var clients = Enumerable.Range(0, count).Select(_ => new KoalaClient(worker.Address)).ToArray();
            var picture = new MemoryPicture(new byte[3 * side * side], side, side);
            await clients[0].UpscaleAsync(picture.Job);
            var (turns, together) = (new List<double>(), new List<double>());
            for (var i = 0; i < 5; i++)
            {
                var clock = Stopwatch.StartNew();
                foreach (var client in clients)
                    await client.UpscaleAsync(picture.Job);
                turns.Add(clock.Elapsed.TotalSeconds);
                clock.Restart();
                await Task.WhenAll(clients.Select(client => client.UpscaleAsync(picture.Job)));
                together.Add(clock.Elapsed.TotalSeconds);
            }

            Console.WriteLine($"{count} clients, {side}×{side}: in turn {Measure.Spread([.. turns.Order()], "s")}, at once {Measure.Spread([.. together.Order()], "s")}");
            foreach (var client in clients)
                await client.DisposeAsync();
        }
    }

    private static double Bare(InferenceModel model, TileLayout layout)
    {
        using var tile = rand([1, 3, layout.TileHeight, layout.TileWidth]);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < layout.Count; i++)
            model.Upscale(tile, InferenceDevice.DefaultPrecision(CPU)).Dispose();
        return clock.Elapsed.TotalSeconds;
    }
}
