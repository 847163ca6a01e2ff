using System.Globalization;
using Koala.Benchmarks.Soak;
using Koala.Client;

namespace Koala.Benchmarks;

/// <summary>How close several workers come to the sum of what each could do: workers whose device is simulated by waiting, one half as fast.</summary>
internal static class WorkersBenchmark
{
    private const int Side = 3000;
    private const int TileSide = 128;
    private static readonly double[] Milliseconds = [40, 40, 80];

    public static async Task RunAsync()
    {
        var workers = new List<MockWorker>();
        foreach (var time in Milliseconds)
            workers.Add(await MockWorker.StartAsync(TimeSpan.FromMilliseconds(time), SoakWorker.FreePort()));
        // What a worker really takes for a tile, timers and transfers included.
        var alone = new List<double>();
        foreach (var worker in workers)
        {
            var result = await UpscaleAsync(worker.Address, Side / 4);
            alone.Add(result.Tiles / result.Elapsed.TotalSeconds);
        }
        for (var run = 0; run < 3; run++)
        {
            var before = workers.Select(worker => worker.Tiles).ToArray();
            var result = await UpscaleAsync(WorkerAddress.Parse(string.Join(',', workers.Select(worker => worker.Address))), Side);
            var together = result.Tiles / result.Elapsed.TotalSeconds;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Tiles} tiles: {together:0.0} tiles/s of {alone.Sum():0.0} ({string.Join(" + ", alone.Select(each => each.ToString("0.0", CultureInfo.InvariantCulture)))}) possible, {together / alone.Sum():0.0 %}; ")
                + $"shares {string.Join(", ", workers.Zip(before, (worker, count) => ((worker.Tiles - count) / (double)result.Tiles).ToString("0.0 %", CultureInfo.InvariantCulture)))}");
        }
        foreach (var worker in workers)
            await worker.DisposeAsync();
    }

    private static async Task<UpscaleResult> UpscaleAsync(WorkerAddress address, int side)
    {
        await using var client = new KoalaClient(address);
        return await client.UpscaleAsync(new UpscaleJob
        {
            Width = side,
            Height = side,
            Scale = 2,
            PixelFormat = PixelFormat.RgbU8,
            TileSide = TileSide,
            ReadRows = (_, _, _, _) => ValueTask.CompletedTask,
            WriteRows = (_, _, _, _) => ValueTask.CompletedTask,
        });
    }
}
