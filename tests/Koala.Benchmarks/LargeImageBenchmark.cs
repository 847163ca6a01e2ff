using System.Diagnostics;
using Koala.Client;
using NetVips;

namespace Koala.Benchmarks;

/// <summary>Peak memory of client and worker for one file, measured from outside.</summary>
internal static class LargeImageBenchmark
{
    /// <summary>With a real worker.</summary>
    public static async Task RunAsync(string photo, string[] options)
    {
        await using var worker = new RunningWorker();
        var status = await worker.StartAsync();
        Console.WriteLine($"{await ClientAsync(photo, worker.File("large.png"), worker.Address, options)}; of the worker {Measure.MebiBytes("VmHWM", status.ProcessId):0} MiB");
    }

    /// <summary>With a worker that repeats pixels, and a picture made for it.</summary>
    /// <param name="megapixels">Of the picture, which is square.</param>
    /// <param name="output">Name of the output; its extension is the format.</param>
    /// <param name="options">Of the client.</param>
    public static async Task MockAsync(double megapixels, string output, string[] options)
    {
        await using var worker = await MockWorker.StartAsync();
        var folder = Directory.CreateTempSubdirectory("koala-large-").FullName;
        try
        {
            var side = (int)Math.Sqrt(megapixels * 1e6);
            var photo = Path.Combine(folder, "photo.tif");
            using (var ramp = Image.Xyz(side, side))
            using (var colours = ramp.Bandjoin(ramp.ExtractBand(0) ^ ramp.ExtractBand(1)).Cast(Enums.BandFormat.Uchar))
            using (var picture = colours.Copy(interpretation: Enums.Interpretation.Srgb))
                picture.Tiffsave(photo, tile: true, tileWidth: 256, tileHeight: 256, bigtiff: true);
            Console.WriteLine(await ClientAsync(photo, Path.Combine(folder, output), worker.Address, options));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> ClientAsync(string photo, string output, WorkerAddress worker, string[] options)
    {
        var start = new ProcessStartInfo(
            RunningWorker.Program("clients/koala-client", "koala-client"),
            ["upscale", photo, "-o", output, "--quiet", "--no-start", "--worker", worker.ToString(), .. options]);
        var clock = Stopwatch.StartNew();
        using var client = Process.Start(start)!;
        var peak = 0.0;
        while (!client.HasExited)
        {
            try
            {
                peak = Math.Max(peak, Measure.MebiBytes("VmHWM", client.Id));
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // It has just ended.
            }
            await Task.Delay(100);
        }

        var size = File.Exists(output) ? new FileInfo(output).Length / 1e6 : 0;
        return $"{Path.GetFileName(photo)} → {size:0} MB {Path.GetExtension(output)}: exit {client.ExitCode} after {clock.Elapsed.TotalSeconds:0.0} s; peak of the client {peak:0} MiB";
    }
}
