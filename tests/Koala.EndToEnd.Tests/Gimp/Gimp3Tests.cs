using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Koala.TestFiles;
using NetVips;

namespace Koala.EndToEnd.Tests.Gimp;

/// <summary>The plug-in in a real GIMP 3, against a real worker.</summary>
[Collection(nameof(GimpTests))]
public sealed class Gimp3Tests(GimpPlace place)
{
    private const string NoRoot = "needs KOALA_GIMP3_ROOT, a Debian 13 root with GIMP 3 (tests/make-gimp3-root.sh makes one)";

    private Desk Desk => place.Desk;

    private static JsonElement After(JsonElement answer) => answer.GetProperty("after");

    private static string Text(JsonElement element, string name) => element.GetProperty(name).ToString();

    /// <summary>What koala-client makes of a file.</summary>
    private async Task<byte[]> ReferenceAsync(string file)
    {
        var output = Desk.File("reference-" + Path.ChangeExtension(file, ".png"));
        var outcome = await Desk.RunAsync("upscale", Desk.File(file), "-o", output, "--overwrite");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        return Pixels.Of(output);
    }

    private static double LargestDifference(byte[] expected, byte[] actual, string sample)
    {
        Assert.Equal(expected.Length, actual.Length);
        return sample == "u16"
            ? MemoryMarshal.Cast<byte, ushort>(expected).ToArray().Zip(MemoryMarshal.Cast<byte, ushort>(actual).ToArray(), (a, b) => Math.Abs(a - b) / 257.0).Max()
            : expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
    }

    private void Pictures()
    {
        using var rgb = Image.NewFromFile(Desk.Picture("rgb.png", 90, 60));
        using var grey = rgb.ExtractBand(1).Copy(interpretation: Enums.Interpretation.Bw);
        grey.WriteToFile(Desk.File("grey.png"));
        using var deep = rgb.Cast(Enums.BandFormat.Ushort).Linear([257.0], [13.0]).Cast(Enums.BandFormat.Ushort).Copy(interpretation: Enums.Interpretation.Rgb16);
        deep.WriteToFile(Desk.File("deep.png"));
        using var ramp = Image.Xyz(90, 60).ExtractBand(0).Linear([6.0], [-140.0]).Cast(Enums.BandFormat.Uchar);
        using var alpha = rgb.Bandjoin(ramp).Copy(interpretation: Enums.Interpretation.Srgb);
        alpha.WriteToFile(Desk.File("alpha.png"));
        using var adobe = rgb.Mutate(image => image.Set(GValue.BlobType, "icc-profile-data", IccProfiles.AdobeRgb));
        adobe.WriteToFile(Desk.File("adobe.png"));
    }

    [Fact]
    public async Task Upscale_EveryKindOfLayer_EqualsKoalaClient()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, NoRoot);
        Pictures();
        var log = await place.RunCasesAsync(
        [
            new { name = "u8", file = "rgb.png" },
            new { name = "u16", file = "deep.png", precision = "u16_non_linear" },
            new { name = "grey", file = "grey.png" },
            new { name = "alpha", file = "alpha.png" },
            new { name = "adobe", file = "adobe.png" },
            new { name = "float", file = "rgb.png", precision = "float_linear" },
        ]);
        foreach (var (name, file, format) in ((string, string, string)[])
            [("u8", "rgb.png", "RGB u8"), ("u16", "deep.png", "RGB u16"), ("grey", "grey.png", "Y u8"), ("alpha", "alpha.png", "RGBA u8"), ("adobe", "adobe.png", "RGB u8")])
        {
            var answer = place.Answer(name);
            Assert.True(Text(answer, "status") == "success", log);
            var after = After(answer);
            Assert.Equal((format, 360, 240), (Text(after, "format"), after.GetProperty("width").GetInt32(), after.GetProperty("height").GetInt32()));
            Assert.Equal(Text(answer.GetProperty("before"), "precision"), Text(after, "precision"));
            Assert.Equal(Text(answer.GetProperty("before"), "profile"), Text(after, "profile"));
            Assert.Equal(name == "adobe", Text(after, "profile").Length > 0);
            Assert.Equal(4 * answer.GetProperty("before").GetProperty("resolution").GetDouble(), after.GetProperty("resolution").GetDouble(), 0.1);
            Assert.InRange(LargestDifference(await ReferenceAsync(file), place.Rows(name), format.Split(' ')[1]), 0, 1);
        }

        var real = After(place.Answer("float"));
        Assert.Equal(("RGB float", "float-linear"), (Text(real, "format"), Text(real, "precision")));
        var values = MemoryMarshal.Cast<byte, float>(place.Rows("float")).ToArray();
        var expected = await ReferenceAsync("rgb.png");
        Assert.InRange(values.Zip(expected, (a, b) => Math.Abs(Math.Clamp(a, 0, 1) * 255 - b)).Max(), 0, 1.5);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(2000)]
    public async Task Upscale_LargeLayer_EqualsKoalaClient(int size)
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, NoRoot);
        var name = $"large-{size}";
        Desk.Picture($"{name}.png", size, size);
        var log = await place.RunCasesAsync([new { name, file = $"{name}.png", arguments = new { scale = "2" } }]);
        Assert.True(File.Exists(Desk.File($"{name}.json")) && Text(place.Answer(name), "status") == "success", log);
        var outcome = await Desk.RunAsync("upscale", Desk.File($"{name}.png"), "-o", Desk.File($"{name}-x2.png"), "--scale", "2", "--json");
        Assert.Equal(0, outcome.ExitCode);
        Assert.InRange(LargestDifference(Pixels.Of(Desk.File($"{name}-x2.png")), place.Rows(name), "u8"), 0, 1);
        // For people: a test is no place to compare times.
        var done = outcome.Output.Split('\n').Single(line => line.Contains("\"event\":\"done\"", StringComparison.Ordinal));
        TestContext.Current.TestOutputHelper?.WriteLine($"GIMP: {place.Answer(name).GetProperty("seconds").GetDouble():0.00} s from call to result; koala-client: {done}");
    }

    [Fact]
    public async Task Upscale_PartsAndPlaces_AreWhereTheyBelong()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, NoRoot);
        Pictures();
        int[] selection = [30, 25, 40, 20];
        int[] offset = [7, 9];
        await place.RunCasesAsync(
        [
            new { name = "part", file = "rgb.png", selection, arguments = new { what = "selection" } },
            new { name = "part-here", file = "rgb.png", selection, offset, read = "top", arguments = new Dictionary<string, string> { ["what"] = "selection", ["where"] = "this-image" } },
            new { name = "here", file = "alpha.png", layer_mask = true, arguments = new { where = "this-image" } },
            new { name = "whole", file = "rgb.png", arguments = new { what = "image" } },
            new { name = "restored", file = "rgb.png", procedure = "koala-restore-detail", selection, arguments = new { scale = "4" } },
            new { name = "left", file = "rgb.png", procedure = "koala-restore-detail", arguments = new Dictionary<string, object> { ["scale"] = "4", ["strength"] = 0.0 } },
        ]);

        var whole = await ReferenceAsync("rgb.png");
        var part = After(place.Answer("part"));
        Assert.Equal((160, 80), (part.GetProperty("width").GetInt32(), part.GetProperty("height").GetInt32()));
        // The selection's surroundings are seen: nothing but the network's far reach can differ.
        var rows = place.Rows("part");
        var largest = 0;
        for (var y = 0; y < 80; y++)
            for (var i = 0; i < 3 * 160; i++)
                largest = Math.Max(largest, Math.Abs(rows[y * 480 + i] - whole[(y + 100) * 1080 + 360 + i]));
        Assert.InRange(largest, 0, 2);

        var here = After(place.Answer("part-here"));
        Assert.Equal((360, 240, 2), (here.GetProperty("image_width").GetInt32(), here.GetProperty("image_height").GetInt32(), here.GetProperty("layers").GetInt32()));
        Assert.Equal((120, 100, true), (here.GetProperty("left").GetInt32(), here.GetProperty("top").GetInt32(), here.GetProperty("mask").GetBoolean()));

        var layer = After(place.Answer("here"));
        Assert.Equal((360, 240, 1, true), (layer.GetProperty("width").GetInt32(), layer.GetProperty("image_height").GetInt32(), layer.GetProperty("layers").GetInt32(), layer.GetProperty("mask").GetBoolean()));
        Assert.InRange(LargestDifference(await ReferenceAsync("alpha.png"), place.Rows("here"), "u8"), 0, 1);
        Assert.Equal((360, 240), (After(place.Answer("whole")).GetProperty("width").GetInt32(), After(place.Answer("whole")).GetProperty("height").GetInt32()));

        var (before, restored) = (place.Rows("restored-before"), place.Rows("restored"));
        for (var y = 0; y < 60; y++)
            for (var x = 0; x < 90; x++)
                if (x is < 30 or >= 70 || y is < 25 or >= 45)
                    Assert.Equal(before.AsSpan(3 * (90 * y + x), 3).ToArray(), restored.AsSpan(3 * (90 * y + x), 3).ToArray());
        Assert.NotEqual(before, restored);
        Assert.Equal(place.Rows("left-before"), place.Rows("left"));
    }

    [Fact]
    public async Task Upscale_WhatCannotBe_SaysWhyAndChangesNothing()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, NoRoot);
        Pictures();
        await place.RunCasesAsync(
        [
            new { name = "indexed", file = "rgb.png", indexed = true },
            new { name = "text", file = "rgb.png", text = true, arguments = new { where = "this-image" } },
            new { name = "group", file = "rgb.png", group = true, procedure = "koala-restore-detail" },
            new { name = "outside", file = "rgb.png", offset = (int[])[80, 0], selection = (int[])[0, 0, 10, 10], arguments = new { what = "selection" } },
        ]);
        foreach (var (name, words) in ((string, string)[])[("indexed", "Mode > RGB"), ("text", "Discard Text Information"), ("group", "group"), ("outside", "does not touch")])
        {
            var answer = place.Answer(name);
            Assert.Equal("execution-error", Text(answer, "status"));
            Assert.Contains(words, Text(answer, "error"), StringComparison.Ordinal);
            AssertUnchanged(name);
        }
    }

    [Fact]
    public async Task Upscale_NoClientOrNoWorker_SaysWhatToDo()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, NoRoot);
        Pictures();
        await place.PrepareAsync();
        var path = Desk.File(Path.Combine("gimp-3", "plug-ins", "koala-upscale", "client-path.txt"));
        var named = await File.ReadAllTextAsync(path);
        await File.WriteAllTextAsync(path, "/nowhere/koala-client\n");
        await place.RunCasesAsync([new { name = "no-client", file = "rgb.png" }]);
        await File.WriteAllTextAsync(path, named);
        Assert.Contains("koala-client gimp install", Text(place.Answer("no-client"), "error"), StringComparison.Ordinal);
        AssertUnchanged("no-client");

        await place.RunCasesAsync([new { name = "no-worker", file = "rgb.png" }], ("KOALA_WORKER", $"unix:{Desk.Runtime}/none.sock"), ("KOALA_WORKER_PROGRAM", "/nowhere/koala-worker"));
        Assert.Contains("/nowhere/koala-worker", Text(place.Answer("no-worker"), "error"), StringComparison.Ordinal);
        AssertUnchanged("no-worker");
    }

    [Fact]
    public async Task Upscale_WorkerKilledInTheMiddle_GoesOnWithAnother()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, NoRoot);
        Desk.Picture("large.png", 700, 500);
        using var run = new ClientRun(await place.StartCasesAsync([new { name = "killed", file = "large.png", arguments = new { where = "this-image" } }]));
        await WaitForWorkAsync("killed");
        using (var worker = Process.GetProcessById(await Desk.WorkerProcessIdAsync()))
            worker.Kill();
        await run.OutcomeAsync();
        Assert.Equal("success", Text(place.Answer("killed"), "status"));
    }

    [Fact]
    public async Task Upscale_PlugInKilledInTheMiddle_LeavesNoProcessAndNoFile()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, NoRoot);
        Desk.Picture("large.png", 1200, 1000);
        var files = Desk.Files();
        using var run = new ClientRun(await place.StartCasesAsync([new { name = "cancelled", file = "large.png", arguments = new { where = "this-image" } }]));
        await WaitForWorkAsync("cancelled");
        // As GIMP's Cancel button does.
        foreach (var id in place.Processes("koala-upscale.py"))
            Process.GetProcessById(id).Kill();
        var clock = Stopwatch.StartNew();
        while (place.Processes("koala-client", "stdio").Count > 0 && clock.Elapsed < TimeSpan.FromSeconds(10))
            await Task.Delay(50);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
        await run.OutcomeAsync();
        AssertUnchanged("cancelled");
        Assert.Equal(
            files.Concat(["cancelled-before.raw", "cancelled.json", "cancelled.raw", "cancelled.started", "cases.json"]).Distinct().Order(StringComparer.Ordinal),
            Desk.Files().Order(StringComparer.Ordinal));
    }

    private async Task WaitForWorkAsync(string name)
    {
        var clock = Stopwatch.StartNew();
        while (!File.Exists(Desk.File(name + ".started")) || place.Processes("koala-client", "stdio").Count == 0)
        {
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 120);
            await Task.Delay(50);
        }
        await Task.Delay(2000);
    }

    private void AssertUnchanged(string name)
    {
        var answer = place.Answer(name);
        Assert.False(answer.GetProperty("dirty").GetBoolean());
        Assert.Equal(answer.GetProperty("before").ToString(), After(answer).ToString());
        Assert.Equal(place.Rows(name + "-before"), place.Rows(name));
    }
}
