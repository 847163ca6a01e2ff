using Koala.Client.Tests.Fakes;
using NetVips;
using NJsonSchema;

namespace Koala.Client.CommandLine.Tests.Batches;

/// <summary>What is printed is what the schema describes.</summary>
public sealed class EventSchemaTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Events_OfEveryKind_AreAsTheSchemaSays()
    {
        var schema = await JsonSchema.FromFileAsync(Path.Combine(AppContext.BaseDirectory, "events.schema.json"));
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        string[] worker = ["--json", "--no-start", "--worker", server.Address.ToString()];
        Directory.CreateDirectory(_folder["in"]);
        using (var picture = Image.Gaussnoise(160, 144, mean: 128, sigma: 30, seed: 1).Cast(Enums.BandFormat.Uchar))
        {
            picture.WriteToFile(_folder["in/a.png"]);
            picture.WriteToFile(_folder["in/ü.png"]);
        }
        File.WriteAllText(_folder["in/notes.txt"], "no picture");
        File.WriteAllBytes(_folder["in/cut.png"], File.ReadAllBytes(_folder["in/a.png"])[..300]);

        var first = await CommandRun.Of(["upscale", _folder["in"], "-o", _folder["out"], .. worker]);
        File.AppendAllText(_folder["out/a_x4.png"], "edited");
        var second = await CommandRun.Of(["upscale", _folder["in"], "-o", _folder["out"], .. worker]);
        var third = await CommandRun.Of(["upscale", _folder["in"], "-o", _folder["out"], "--skip-existing", "--scale", "4", "--precision", "fp32", .. worker]);
        var single = await CommandRun.Of(["upscale", _folder["in/a.png"], "-o", _folder["single.png"], .. worker]);
        var failed = await CommandRun.Of(["upscale", _folder["in/cut.png"], "-o", _folder["cut-x4.png"], .. worker]);

        var lines = new[] { first, second, third, single, failed }.SelectMany(run => run.Out.TrimEnd().Split('\n')).ToList();
        Assert.All(lines, line => Assert.Empty(schema.Validate(line)));
        foreach (var kind in new[] { "start", "progress", "done", "skipped", "failed", "summary" })
            Assert.Contains(lines, line => line.StartsWith($"{{\"event\":\"{kind}\"", StringComparison.Ordinal));
        foreach (var reason in new[] { "upToDate", "altered", "exists", "notAPicture" })
            Assert.Contains(lines, line => line.Contains($"\"reason\":\"{reason}\"", StringComparison.Ordinal));
        // The schema is worth something: it does not take what it does not know.
        Assert.NotEmpty(schema.Validate(lines[0].Replace("photos", "pictures", StringComparison.Ordinal)));
        Assert.Equal(ExitCode.InputCorrupt, failed.Code);
        Assert.StartsWith($"Warning: '{_folder["in/a.png"]}' ", single.Error, StringComparison.Ordinal);
        Assert.Contains(single.Out.Split('\n'), line => line.Contains("\"alarm\":[\"brightnessNoise\"]", StringComparison.Ordinal));
    }
}
