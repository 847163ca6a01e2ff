using System.Runtime.InteropServices;
using System.Text.Json;

namespace Koala.EndToEnd.Tests;

/// <summary>A batch that is killed at any moment goes on as if nothing had happened: real programs, real weights.</summary>
[Trait("Category", "Slow")]
public sealed partial class ResumeTests : IDisposable
{
    private const int Kill = 9;
    private const int Kills = 20;

    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    // Sides differ by more than the network's grid, so that no two pictures share a batch: its size may round a last bit otherwise.
    public ResumeTests()
    {
        Directory.CreateDirectory(_desk.File("in/sub"));
        for (var i = 0; i < 12; i++)
            _desk.Picture($"in/{(i % 3 == 0 ? "sub/" : "")}{i}.{(i % 4 == 1 ? "tif" : "png")}", 8 + 4 * i, 24, seed: i);
    }

    [Fact]
    public async Task Upscale_ClientKilledAtRandom_GoesOnWhereItWas()
    {
        var expected = await UndisturbedAsync();
        var random = new Random(1);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var run = _desk.Start(Upscale("out"));
            await Task.Delay(random.Next(50, 900));
            _ = Signal(run.ProcessId, Kill);
            await run.OutcomeAsync();
            // A kill may come when all is done; there has to be something left to be killed in.
            if (Directory.Exists(_desk.File("out")) && Outputs("out").Count == expected.Count)
                File.Delete(_desk.File($"out/{Outputs("out").Keys.ElementAt(random.Next(expected.Count))}"));
            Assert.All(Outputs("out"), output => Assert.Equal(expected[output.Key], output.Value));
        }

        await AssertGoesOnAsync(expected);
    }

    [Fact]
    public async Task Upscale_WorkerKilledAtRandom_DoesThosePhotosAgain()
    {
        var expected = await UndisturbedAsync();
        var random = new Random(2);
        var kills = 0;
        while (kills < Kills)
        {
            using var run = _desk.Start(Upscale("out"));
            while (!run.HasExited && kills < Kills)
            {
                await Task.Delay(random.Next(50, 1500));
                if (await WorkerAsync() is { } worker && !run.HasExited)
                {
                    _ = Signal(worker, Kill);
                    kills++;
                }
            }
            var outcome = await run.OutcomeAsync();
            // Killed five times in the course of one picture, or while it starts, it is given up; the same command goes on.
            Assert.True(outcome.ExitCode is 0 or 31 or 33 or 40 or 50, outcome.ToString());
            // Where all is done before the last kill, it begins once more.
            if (outcome.ExitCode == 0 && kills < Kills)
                Directory.Delete(_desk.File("out"), recursive: true);
        }

        await AssertGoesOnAsync(expected);
    }

    private async Task<Dictionary<string, string>> UndisturbedAsync()
    {
        var outcome = await _desk.RunAsync(Upscale("undisturbed"));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        var outputs = Outputs("undisturbed");
        Assert.Equal(12, outputs.Count);
        return outputs;
    }

    private async Task AssertGoesOnAsync(Dictionary<string, string> expected)
    {
        var outcome = await _desk.RunAsync(Upscale("out"));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(expected, Outputs("out"));
        // Nothing is left over, and the manifest is whole: once more there is nothing to do.
        await Task.Delay(2100);
        var again = await _desk.RunAsync([.. Upscale("out"), "--json", "--checksum"]);
        var summary = JsonDocument.Parse(again.Output.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal((0, 12), (summary.GetProperty("done").GetInt32(), summary.GetProperty("skipped").GetInt32()));
        Assert.Equal([".koala-lock", ".koala-manifest.jsonl"], Hidden());
        Assert.All(File.ReadLines(_desk.File("out/.koala-manifest.jsonl")), line => JsonDocument.Parse(line).Dispose());
    }

    private static string[] Upscale(string output) => ["upscale", "-r", "in", "-o", output];

    private async Task<int?> WorkerAsync()
    {
        try
        {
            return await _desk.WorkerProcessIdAsync();
        }
        catch (Client.KoalaException)
        {
            return null;
        }
    }

    private string[] Hidden() =>
        [.. Directory.EnumerateFiles(_desk.File("out"), ".*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    private Dictionary<string, string> Outputs(string folder) => !Directory.Exists(_desk.File(folder)) ? [] : Directory
        .EnumerateFiles(_desk.File(folder), "*", SearchOption.AllDirectories)
        .Where(file => !Path.GetFileName(file).StartsWith('.'))
        .ToDictionary(file => Path.GetRelativePath(_desk.File(folder), file), file => Convert.ToBase64String(File.ReadAllBytes(file)));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int processId, int signal);
}
