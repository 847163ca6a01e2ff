using System.Diagnostics;

namespace Koala.Benchmarks;

/// <summary>Peak memory of client and worker for one file, measured from outside.</summary>
internal static class LargeImageBenchmark
{
    public static async Task RunAsync(string photo)
    {
        await using var worker = new RunningWorker();
        var status = await worker.StartAsync();
        var start = new ProcessStartInfo(
            RunningWorker.Program("clients/koala-client", "koala-client"), ["upscale", photo, "-o", worker.File("large.png"), "--worker", worker.Address.ToString()]);
        var clock = Stopwatch.StartNew();
        using var client = Process.Start(start)!;
        var peak = 0.0;
        while (!client.WaitForExit(200))
        {
            try
            {
                peak = Math.Max(peak, Measure.MebiBytes("VmHWM", client.Id));
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // It has just ended.
            }
        }

        Console.WriteLine(
            $"{photo}: exit {client.ExitCode} after {clock.Elapsed.TotalSeconds:0.0} s; peak of the client {peak:0} MiB, of the worker {Measure.MebiBytes("VmHWM", status.ProcessId):0} MiB");
    }
}
