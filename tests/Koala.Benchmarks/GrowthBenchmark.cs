using System.Diagnostics;
using Koala.Client;
using static System.FormattableString;

namespace Koala.Benchmarks;

/// <summary>How time and memory grow with the picture and with the clients; a table, and the same as a plot.</summary>
internal static class GrowthBenchmark
{
    private const int ClientSide = 48;

    /// <param name="largest">Megapixels of the largest picture.</param>
    /// <param name="plot">SVG file to write; null for none.</param>
    public static async Task RunAsync(double largest, string? plot)
    {
        await using var worker = new RunningWorker();
        var status = await worker.StartAsync();
        Console.WriteLine($"×4, {status.Device}; whole path from memory to memory\n");
        await using var client = new KoalaClient(worker.Address);
        await SecondsAsync(client, 64, 64);
        var (sizes, perMegapixel) = (new List<double>(), new List<double>());
        Console.WriteLine("| megapixels | s | s for a megapixel | worker's peak, MiB | this process's peak, MiB |\n|---|---|---|---|---|");
        for (var megapixels = 0.01; megapixels <= largest * 1.001; megapixels *= 4)
        {
            var side = (int)Math.Round(Math.Sqrt(megapixels * 1e6));
            var seconds = await SecondsAsync(client, side, side);
            sizes.Add(megapixels);
            perMegapixel.Add(seconds / megapixels);
            Console.WriteLine(Invariant($"| {megapixels:0.00} | {seconds:0.00} | {seconds / megapixels:0.0} | {Measure.MebiBytes("VmHWM", status.ProcessId):0} | {Measure.MebiBytes("VmHWM", Environment.ProcessId):0} |"));
        }

        var (counts, perTile) = (new List<double>(), new List<double>());
        Console.WriteLine(Invariant($"\n| clients at once, {ClientSide}×{ClientSide} each | s | s for each | worker's peak, MiB |\n|---|---|---|---|"));
        for (var count = 1; count <= 32; count *= 2)
        {
            var seconds = await TogetherAsync(worker, count);
            counts.Add(count);
            perTile.Add(seconds / count);
            Plot();
            Console.WriteLine(Invariant($"| {count} | {seconds:0.00} | {seconds / count:0.000} | {Measure.MebiBytes("VmHWM", status.ProcessId):0} |"));
        }

        // After every row: who stops it early has what there is.
        void Plot()
        {
            if (plot is not null)
                File.WriteAllText(plot, LinePlot.Svg(
                    new LinePlot("Seconds for a megapixel", "megapixels of the picture", [.. sizes], [.. perMegapixel]),
                    new LinePlot("Seconds for each client", "clients at once", [.. counts], [.. perTile])));
        }
    }

    private static async Task<double> TogetherAsync(RunningWorker worker, int count)
    {
        var clients = Enumerable.Range(0, count).Select(_ => new KoalaClient(worker.Address)).ToArray();
        var times = new List<double>();
        for (var i = -1; i < 3; i++)
        {
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(clients.Select(client => SecondsAsync(client, ClientSide, ClientSide)));
            if (i >= 0)
                times.Add(clock.Elapsed.TotalSeconds);
        }
        foreach (var client in clients)
            await client.DisposeAsync();
        return times.Order().ElementAt(1);
    }

    private static async Task<double> SecondsAsync(KoalaClient client, int width, int height)
    {
        var clock = Stopwatch.StartNew();
        await client.UpscaleAsync(new UpscaleJob
        {
            Width = width,
            Height = height,
            PixelFormat = PixelFormat.RgbU8,
            // Rows are made when they are asked for: what is held is held by the client.
            ReadRows = (y, count, rows, _) =>
            {
                var bytes = rows.Span[..(3 * width * count)];
                for (var i = 0; i < bytes.Length; i++)
                    bytes[i] = (byte)(i * 7 + y);
                return ValueTask.CompletedTask;
            },
            WriteRows = (_, _, _, _) => ValueTask.CompletedTask,
        });
        return clock.Elapsed.TotalSeconds;
    }
}
