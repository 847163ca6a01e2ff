using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NetVips;

namespace Koala.Benchmarks;

/// <summary>How much of a folder's time the device computes: photographs overlap, so that it need not wait for files.</summary>
internal static class FolderBenchmark
{
    private const int Photos = 20;

    public static async Task RunAsync(string sample)
    {
        await using var worker = new RunningWorker();
        var status = await worker.StartAsync();
        var folder = Directory.CreateDirectory(worker.File("photos")).FullName;
        MakePhotos(sample, folder);
        Console.WriteLine($"{Photos} photographs of 100 to 290 pixels a side, PNG and JPEG in turn, ×4, {status.Device}:");
        for (var i = 0; i < 2; i++)
        {
            Console.WriteLine(await ShareAsync("one folder", worker, [folder, "-o", worker.File($"folder-{i}")]));
            Console.WriteLine(await ShareAsync("in turn", worker, [.. Directory.GetFiles(folder).Order().SelectMany(photo => (string[])[photo, "-o", worker.File($"turn-{i}-{Path.GetFileName(photo)}")])]));
        }
    }

    /// <summary>Runs the command, once for every photograph and its "-o OUT".</summary>
    private static async Task<string> ShareAsync(string what, RunningWorker worker, string[] arguments)
    {
        var (wall, compute) = (0.0, 0.0);
        foreach (var command in arguments.Chunk(3))
        {
            var start = new ProcessStartInfo(
                RunningWorker.Program("clients/koala-client", "koala-client"), ["upscale", .. command, "--json", "--worker", worker.Address.ToString()])
            {
                RedirectStandardOutput = true,
            };
            var clock = Stopwatch.StartNew();
            using var client = Process.Start(start)!;
            var output = await client.StandardOutput.ReadToEndAsync();
            await client.WaitForExitAsync();
            if (client.ExitCode != 0)
                throw new InvalidOperationException($"koala-client ended with {client.ExitCode}");
            wall += arguments.Length > 3 ? clock.Elapsed.TotalSeconds : Summary(output).GetProperty("seconds").GetDouble();
            compute += Summary(output).GetProperty("computeSeconds").GetDouble();
        }
        return string.Create(CultureInfo.InvariantCulture, $"  {what,-10}  {wall,6:0.00} s, of it on the device {compute,6:0.00} s: {compute / wall:0.0 %}");
    }

    private static JsonElement Summary(string output) => JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement;

    private static void MakePhotos(string sample, string folder)
    {
        for (var i = 0; i < Photos; i++)
        {
            using var photograph = Image.NewFromFile(sample);
            using var sized = photograph.Resize((100 + 10 * i) / (double)photograph.Width);
            sized.WriteToFile(Path.Combine(folder, $"{i:00}.{(i % 2 == 0 ? "png" : "jpg")}"));
        }
    }
}
