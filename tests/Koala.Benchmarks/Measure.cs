using System.Diagnostics;
using System.Globalization;

namespace Koala.Benchmarks;

/// <summary>Times of repeated runs, the memory of processes, and how well two kinds of figures are told apart.</summary>
internal static class Measure
{
    /// <summary>Seconds of each of <paramref name="runs"/> runs after two that do not count, in ascending order.</summary>
    public static double[] Seconds(int runs, Action action)
    {
        var times = new List<double>();
        for (var i = -2; i < runs; i++)
        {
            var clock = Stopwatch.StartNew();
            action();
            if (i >= 0)
                times.Add(clock.Elapsed.TotalSeconds);
        }

        return [.. times.Order()];
    }

    /// <summary>Median and, in brackets, smallest and largest.</summary>
    public static string Spread(double[] sorted, string unit, double factor = 1) => string.Create(
        CultureInfo.InvariantCulture,
        $"{sorted[sorted.Length / 2] * factor:0.000} {unit} ({sorted[0] * factor:0.000} to {sorted[^1] * factor:0.000})");

    /// <summary>Share of pairs in which the first is the greater (area under the ROC curve): 1 where they can be told apart, 0.5 by chance.</summary>
    public static double Auc(double[] greater, double[] smaller) => greater.Average(a => smaller.Average(b => a.CompareTo(b) / 2.0 + 0.5));

    /// <summary>A line of /proc/PID/status in MiB: VmHWM is the peak of the resident set, VmRSS the present one.</summary>
    public static double MebiBytes(string line, int processId) =>
        double.Parse(
            File.ReadLines($"/proc/{processId}/status").First(l => l.StartsWith(line, StringComparison.Ordinal)).Split(' ', '\t', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) / 1024;

    /// <summary>Makes the peak of this process's resident set its present one.</summary>
    public static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");
}
