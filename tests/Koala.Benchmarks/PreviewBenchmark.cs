using System.Globalization;
using Koala.Benchmarks.Soak;
using Koala.Client;

namespace Koala.Benchmarks;

/// <summary>How long somebody waits for a preview of one tile while the worker has a huge batch to do.</summary>
internal static class PreviewBenchmark
{
    private const int Side = 128;
    private const int Previews = 15;

    public static async Task RunAsync()
    {
        await using var worker = new SoakWorker(RunningWorker.Program("worker/Koala.Worker", "koala-worker"));
        await worker.StartAsync();
        await using var client = new KoalaClient(worker.Address);
        await using var other = new KoalaClient(worker.Address);
        await PreviewAsync(client);
        var alone = await RepeatAsync(client);

        // 900 megapixels; what is not done when the figures are there is cancelled.
        using var enough = new CancellationTokenSource();
        var batch = other.UpscaleAsync(Job(30_000, 30_000, JobPriority.Batch), cancellationToken: enough.Token);
        while ((await client.GetStatusAsync()).Load.WaitingTiles < 8)
            await Task.Delay(50);
        var before = await worker.MetricsAsync();
        await Task.Delay(TimeSpan.FromSeconds(20));
        var after = await worker.MetricsAsync();
        var oneBatch = Grown("koala_batch_compute_time_seconds_sum") / Grown("koala_batch_compute_time_seconds_count");
        var tiles = Grown("koala_batch_tiles_sum") / Grown("koala_batch_tiles_count");
        var under = await RepeatAsync(client);
        await enough.CancelAsync();
        await Task.WhenAny(batch);

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a batch: {tiles:0.0} tiles of {Side}×{Side} pixels, {oneBatch:0.000} s"));
        Console.WriteLine($"a preview of one such tile, alone: {Measure.Spread(alone, "s")}");
        Console.WriteLine($"beside a batch of 900 megapixels: {Measure.Spread(under, "s")}");
        Console.WriteLine($"that is {Measure.Spread(under, "times the time of a batch", 1 / oneBatch)}");

        double Grown(string metric) => after[metric] - before.GetValueOrDefault(metric);
    }

    private static async Task<double[]> RepeatAsync(KoalaClient client)
    {
        var seconds = new List<double>();
        for (var i = 0; i < Previews; i++)
        {
            // At any time within a batch.
            await Task.Delay(Random.Shared.Next(500));
            seconds.Add(await PreviewAsync(client));
        }
        return [.. seconds.Order()];
    }

    private static async Task<double> PreviewAsync(KoalaClient client)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await client.UpscaleAsync(Job(Side - 56, Side - 56, JobPriority.Interactive));
        return clock.Elapsed.TotalSeconds;
    }

    private static UpscaleJob Job(int width, int height, JobPriority priority) => new()
    {
        Width = width,
        Height = height,
        PixelFormat = PixelFormat.RgbU8,
        Precision = Precision.Fp32,
        Priority = priority,
        TileSide = Side,
        ReadRows = (_, _, _, _) => ValueTask.CompletedTask,
        WriteRows = (_, _, _, _) => ValueTask.CompletedTask,
    };
}
