using System.Diagnostics;
using System.Globalization;
using Koala.Benchmarks.Soak;

namespace Koala.Benchmarks;

/// <summary>Mixed load for as long as wanted: no error but the planted ones, and nothing that grows.</summary>
internal static class SoakBenchmark
{
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    /// <param name="minutes">How long.</param>
    /// <param name="load">Share of one processor core that worker and client may take, on average.</param>
    /// <param name="sample">A photograph.</param>
    /// <returns>0 where all is as it should be.</returns>
    public static async Task<int> RunAsync(double minutes, double load, string sample)
    {
        await using var worker = new SoakWorker(RunningWorker.Program("worker/Koala.Worker", "koala-worker"));
        await worker.StartAsync();
        await using var work = new SoakLoad(worker.Address, RunningWorker.Program("clients/koala-client", "koala-client"), sample, seed: 1);
        var clock = Stopwatch.StartNew();
        var samples = new List<(TimeSpan At, WorkerSample Sample)>();
        var rounds = 0;
        for (var next = TimeSpan.Zero; clock.Elapsed < TimeSpan.FromMinutes(minutes); rounds++)
        {
            await work.RoundAsync();
            while (worker.ProcessorSeconds + Environment.CpuUsage.TotalTime.TotalSeconds > load * clock.Elapsed.TotalSeconds
                && clock.Elapsed < TimeSpan.FromMinutes(minutes))
                await Task.Delay(200);
            if (clock.Elapsed < next)
                continue;
            samples.Add((clock.Elapsed, await worker.SampleAsync()));
            next = clock.Elapsed + Between;
            Console.WriteLine(Line(samples[^1]) + $"  {rounds + 1,5} rounds  {work.Errors.Count} errors");
        }
        samples.Add((clock.Elapsed, await worker.SampleAsync()));
        // What the first pictures of every kind need is taken by then.
        var settled = samples.FirstOrDefault(each => each.At >= TimeSpan.FromMinutes(Math.Min(15, minutes / 3)), samples[0]);
        var last = samples[^1];
        Console.WriteLine($"settled  {Line(settled)}");
        Console.WriteLine($"end      {Line(last)}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"memory {last.Sample.Resident / settled.Sample.Resident - 1:+0.0 %;-0.0 %}, {rounds} rounds: ")
            + string.Join(", ", work.Done.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value} {pair.Key}")));
        foreach (var error in work.Errors.Distinct())
            Console.WriteLine($"not meant: {error}");
        var held = last.Sample.Resident <= 1.05 * settled.Sample.Resident && last.Sample.Threads <= settled.Sample.Threads + 2
            && last.Sample.Sockets <= settled.Sample.Sockets + 2 && last.Sample.Tensors <= settled.Sample.Tensors && last.Sample.Streams == 0;
        Console.WriteLine(held && work.Errors.IsEmpty ? "held" : "not held");
        return held && work.Errors.IsEmpty ? 0 : 1;
    }

    private static string Line((TimeSpan At, WorkerSample Sample) each) => $"{each.At:hh\\:mm\\:ss}  {each.Sample}";
}
