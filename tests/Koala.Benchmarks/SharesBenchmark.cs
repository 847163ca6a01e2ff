using System.Diagnostics;
using System.Text.Json;
using Koala.Client;
using Koala.Imaging;
using NetVips;
using static System.FormattableString;

namespace Koala.Benchmarks;

/// <summary>
/// A photograph's way from PNG to PNG: each part alone, all of them but the network with a worker that repeats pixels, and the whole
/// with a real one.
/// </summary>
internal static class SharesBenchmark
{
    /// <param name="sample">The photograph that the picture is made of.</param>
    /// <param name="megapixels">Of the picture.</param>
    /// <param name="real">Whether the network runs too, which takes long.</param>
    public static async Task RunAsync(string sample, double megapixels, bool real)
    {
        var folder = Directory.CreateTempSubdirectory("koala-shares-").FullName;
        try
        {
            var (photo, output) = (Path.Combine(folder, "photo.png"), Path.Combine(folder, "photo-x4.png"));
            using (var photograph = Image.NewFromFile(sample))
            using (var sized = photograph.Resize(Math.Sqrt(megapixels * 1e6 / ((double)photograph.Width * photograph.Height))))
                sized.WriteToFile(photo);
            var (pixels, width, height) = Decoded(photo);
            var picture = new MemoryPicture(pixels, width, height);
            Console.WriteLine(Invariant($"{width}×{height} pixels, PNG to PNG ×4; medians of 3 (smallest to largest)"));
            Console.WriteLine($"  decode alone: {Measure.Spread(Measure.Seconds(3, () => Decoded(photo)), "s")}");
            using (var decoded = Image.NewFromFile(photo))
            using (var larger = decoded.Resize(4, kernel: Enums.Kernel.Nearest).CopyMemory())
                Console.WriteLine($"  encode alone: {Measure.Spread(Measure.Seconds(3, () => larger.Pngsave(output, compression: 2, filter: Enums.ForeignPngFilter.All)), "s")}");
            await using (var mock = await MockWorker.StartAsync())
            {
                await using var client = new KoalaClient(mock.Address);
                Console.WriteLine($"  cut, transfer, blend, with a worker that repeats pixels: {Measure.Spread(Measure.Seconds(3, () => client.UpscaleAsync(picture.Job).GetAwaiter().GetResult()), "s")}");
                Console.WriteLine($"  the whole command with that worker: {Measure.Spread(Measure.Seconds(3, () => Run(photo, output, mock.Address)), "s")}");
            }

            if (real)
                await RealAsync(photo, output, megapixels > 4 ? 1 : 3);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RealAsync(string photo, string output, int times)
    {
        await using var worker = new RunningWorker();
        await worker.StartAsync();
        for (var i = 0; i < times; i++)
        {
            var clock = Stopwatch.StartNew();
            var compute = Run(photo, output, worker.Address).GetProperty("computeSeconds").GetDouble();
            var wall = clock.Elapsed.TotalSeconds;
            Console.WriteLine(Invariant($"  the whole command with the network: {wall:0.00} s, of it on the device {compute:0.00} s: {wall / compute - 1:0.0 %} more"));
        }
    }

    private static (byte[] Pixels, int Width, int Height) Decoded(string photo)
    {
        using var reader = ImageReader.Open(photo);
        var pixels = new byte[reader.BytesPerRow * reader.Height];
        const int rows = 64;
        for (var y = 0; y < reader.Height; y += rows)
            reader.ReadRows(pixels.AsSpan(y * reader.BytesPerRow, Math.Min(rows, reader.Height - y) * reader.BytesPerRow));
        return (pixels, reader.Width, reader.Height);
    }

    private static JsonElement Run(string photo, string output, WorkerAddress worker)
    {
        using var process = Process.Start(new ProcessStartInfo(
            RunningWorker.Program("clients/koala-client", "koala-client"),
            ["upscale", photo, "-o", output, "--scale", "4", "--overwrite", "--json", "--no-start", "--worker", worker.ToString()])
        {
            RedirectStandardOutput = true,
        })!;
        var lines = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"koala-client ended with {process.ExitCode}");
        return JsonDocument.Parse(lines.TrimEnd().Split('\n')[^1]).RootElement;
    }
}
