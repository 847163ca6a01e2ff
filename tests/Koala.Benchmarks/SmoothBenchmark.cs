using System.Diagnostics;
using Koala.Client;
using NetVips;
using static System.FormattableString;

namespace Koala.Benchmarks;

/// <summary>What leaving smooth parts to bicubic saves, and what it costs in PSNR, on photographs that were reduced.</summary>
internal static class SmoothBenchmark
{
    private const int Scale = 4;
    private const int Side = 1024;
    private const int Photographs = 12;

    /// <summary>Prints a table in Markdown.</summary>
    /// <param name="data">Folder with train, a folder of photographs.</param>
    public static async Task RunAsync(string data)
    {
        await using var worker = new RunningWorker();
        var status = await worker.StartAsync();
        await using var client = new KoalaClient(worker.Address);
        var files = Directory.GetFiles(Path.Combine(data, "train"), "*.jpg").Order(StringComparer.Ordinal).ToArray();
        var pairs = Enumerable.Range(0, Photographs).Select(i => Pair(files[(2 * i + 1) * files.Length / (2 * Photographs)])).ToList();
        Console.WriteLine($"{pairs.Count} photographs of up to {Side}×{Side}, blurred by σ 1.2, reduced to a quarter and enlarged ×4; {status.Device}\n");
        Console.WriteLine("| levels | s for all | PSNR, dB | largest loss of one, dB | most saved on one |\n|---|---|---|---|---|");
        List<(double Psnr, double Seconds)>? full = null;
        foreach (var levels in (double[])[0, 1, 2, 4, 8])
        {
            var results = new List<(double Psnr, double Seconds)>();
            foreach (var (lr, hr) in pairs)
                results.Add(await EnlargeAsync(client, lr, hr, levels));
            full ??= results;
            var loss = full.Zip(results).Max(pair => pair.First.Psnr - pair.Second.Psnr);
            var saved = full.Zip(results).Max(pair => 1 - pair.Second.Seconds / pair.First.Seconds);
            Console.WriteLine(Invariant($"| {levels} | {results.Sum(r => r.Seconds):0.00} | {results.Average(r => r.Psnr):0.00} | {loss:0.00} | {saved:0 %} |"));
        }
    }

    private static async Task<(double Psnr, double Seconds)> EnlargeAsync(KoalaClient client, MemoryPicture lr, byte[] hr, double levels)
    {
        var result = new byte[hr.Length];
        var written = 0;
        var clock = Stopwatch.StartNew();
        await client.UpscaleAsync(lr.Job with
        {
            Scale = Scale,
            SmoothLevels = levels,
            WriteRows = (_, _, rows, _) =>
            {
                rows.CopyTo(result.AsMemory(written));
                written += rows.Length;
                return ValueTask.CompletedTask;
            },
        });
        var seconds = clock.Elapsed.TotalSeconds;
        var error = result.Zip(hr, (one, other) => (double)(one - other) * (one - other)).Average();
        return (10 * Math.Log10(255 * 255 / error), seconds);
    }

    private static (MemoryPicture Lr, byte[] Hr) Pair(string file)
    {
        using var whole = Image.NewFromFile(file);
        var (width, height) = (Math.Min(Side, whole.Width) / Scale * Scale, Math.Min(Side, whole.Height) / Scale * Scale);
        using var hr = whole.Crop((whole.Width - width) / 2, (whole.Height - height) / 2, width, height);
        using var blurred = hr.Gaussblur(1.2);
        using var lr = blurred.Shrink(Scale, Scale).Cast(Enums.BandFormat.Uchar);
        return (new MemoryPicture(lr.WriteToMemory<byte>(), lr.Width, lr.Height), hr.WriteToMemory<byte>());
    }
}
