using System.Diagnostics;
using System.Text.Json;
using Koala.Client;
using NetVips;
using static System.FormattableString;

namespace Koala.Benchmarks;

/// <summary>How long one waits before the first pixel: for the command itself, for a warm worker, and for one that has to be started.</summary>
internal static class StartBenchmark
{
    private const int Runs = 9;

    /// <param name="program">The client's program, e.g. a published one; null for the one of the build.</param>
    /// <param name="workerProgram">The worker's program; null for the one of the build.</param>
    public static async Task RunAsync(string? program, string? workerProgram)
    {
        program ??= RunningWorker.Program("clients/koala-client", "koala-client");
        Console.WriteLine(Invariant($"medians of {Runs} (smallest to largest)"));
        Console.WriteLine($"koala-client --version: {Measure.Spread(Measure.Seconds(Runs, () => Run(program, "--version")), "s")}");
        var ready = new List<double>();
        var first = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            await using var starting = new RunningWorker(workerProgram);
            var clock = Stopwatch.StartNew();
            await starting.StartAsync();
            ready.Add(clock.Elapsed.TotalSeconds);
            await using var connection = new KoalaClient(starting.Address);
            await TileAsync(connection);
            first.Add(clock.Elapsed.TotalSeconds);
        }

        Console.WriteLine($"worker, from nothing to ready: {Measure.Spread([.. ready.Order()], "s")}; to the first tile of 100×100 ×4: {Measure.Spread([.. first.Order()], "s")}");
        await using var worker = new RunningWorker(workerProgram);
        await worker.StartAsync();
        await using var client = new KoalaClient(worker.Address);
        var bare = new List<double>();
        for (var i = -2; i < Runs; i++)
        {
            var seconds = await TileAsync(client);
            if (i >= 0)
                bare.Add(seconds);
        }

        Console.WriteLine($"100×100 ×4, connected and warm: {Measure.Spread([.. bare.Order()], "s")}");
        using (var noise = Image.Gaussnoise(100, 100, mean: 128))
        using (var colours = noise.Bandjoin(noise, noise).Cast(Enums.BandFormat.Uchar))
            colours.WriteToFile(worker.File("small.png"));
        var compute = new List<double>();
        var commands = Measure.Seconds(Runs, () => compute.Add(ComputeSeconds(Run(
            program, "upscale", worker.File("small.png"), "-o", worker.File("small-x4.png"), "--scale", "4", "--overwrite", "--json", "--worker", worker.Address.ToString()))));
        Console.WriteLine($"100×100 ×4, koala-client upscale with a warm worker, from process to process: {Measure.Spread(commands, "s")}; of it on the device {Measure.Spread([.. compute.Order()], "s")}");
    }

    private static async Task<double> TileAsync(KoalaClient client)
    {
        var pixels = new byte[3 * 100 * 100];
        new Random(1).NextBytes(pixels);
        var picture = new MemoryPicture(pixels, 100, 100);
        var clock = Stopwatch.StartNew();
        await client.UpscaleAsync(picture.Job);
        return clock.Elapsed.TotalSeconds;
    }

    private static double ComputeSeconds(string output) =>
        JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("computeSeconds").GetDouble();

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
    }
}
