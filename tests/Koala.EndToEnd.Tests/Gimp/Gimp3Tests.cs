using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Koala.EndToEnd.Tests.Gimp;

/// <summary>The plug-in in a real GIMP 3, against a real worker.</summary>
[Collection(nameof(GimpTests))]
public sealed class Gimp3Tests(GimpPlace place)
{
    private Desk Desk => place.Desk;

    private static JsonElement After(JsonElement answer) => answer.GetProperty("after");

    private static string Text(JsonElement element, string name) => element.GetProperty(name).ToString();

    /// <summary>What koala-client makes of a file.</summary>
    private async Task<byte[]> ReferenceAsync(string file)
    {
        var output = Desk.File("reference-" + Path.ChangeExtension(file, ".png"));
        var outcome = await Desk.RunAsync("upscale", Desk.File(file), "-o", output, "--overwrite");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
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
        foreach (var kind in GimpPictures.Kinds)
            Desk.WriteKind(kind);
    }

    [Fact]
    public async Task Upscale_EveryKindOfLayer_EqualsKoalaClient()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, GimpPlace.No3);
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

    [Fact]
    public async Task Upscale_PartsAndPlaces_AreWhereTheyBelong()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, GimpPlace.No3);
        Pictures();
        Desk.WriteWithArtist("signed.jpg");
        int[] selection = [30, 25, 40, 20];
        int[] offset = [7, 9];
        await place.RunCasesAsync(
        [
            new { name = "part", file = "rgb.png", selection, arguments = new { what = "selection" } },
            new { name = "part-here", file = "rgb.png", selection, offset, read = "top", arguments = new Dictionary<string, string> { ["what"] = "selection", ["where"] = "this-image" } },
            new { name = "here", file = "alpha.png", layer_mask = true, arguments = new { where = "this-image" } },
            new { name = "masked", file = "rgb.png", layer_mask = true, position_locked = true },
            new { name = "signed", file = "signed.jpg" },
            new { name = "inverted", file = "rgb.png", effect = "gegl:invert-gamma" },
            new { name = "inverted-masked", file = "rgb.png", effect = "gegl:invert-gamma", layer_mask = true },
            new { name = "whole", file = "rgb.png", arguments = new { what = "image" } },
            new { name = "several", file = "rgb.png", second = true, read = "top", arguments = new Dictionary<string, string> { ["what"] = "image", ["where"] = "this-image" } },
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

        // The layer itself, scaled, is better within the selection.
        var here = After(place.Answer("part-here"));
        Assert.Equal((360, 240, 1), (here.GetProperty("image_width").GetInt32(), here.GetProperty("image_height").GetInt32(), here.GetProperty("layers").GetInt32()));
        Assert.Equal((28, 36), (here.GetProperty("left").GetInt32(), here.GetProperty("top").GetInt32()));
        rows = place.Rows("part-here");
        largest = 0;
        // Two pixels from the selection's border, which is scaled too.
        for (var y = 66; y < 142; y++)
            for (var i = 3 * 94; i < 3 * 250; i++)
                largest = Math.Max(largest, Math.Abs(rows[y * 1080 + i] - whole[y * 1080 + i]));
        Assert.InRange(largest, 0, 2);

        var layer = After(place.Answer("here"));
        Assert.Equal((360, 240, 1, true), (layer.GetProperty("width").GetInt32(), layer.GetProperty("image_height").GetInt32(), layer.GetProperty("layers").GetInt32(), layer.GetProperty("mask").GetBoolean()));
        Assert.InRange(LargestDifference(await ReferenceAsync("alpha.png"), place.Rows("here"), "u8"), 0, 1);
        Assert.InRange(LargestDifference(whole, place.Rows("masked"), "u8"), 0, 1);
        AssertHalfMask(place.Rows("here-mask"));
        AssertHalfMask(place.Rows("masked-mask"));

        using (var source = NetVips.Image.NewFromFile(Desk.File("rgb.png")))
            source.Invert().WriteToFile(Desk.File("inverse.png"));
        var inverse = await ReferenceAsync("inverse.png");
        Assert.InRange(LargestDifference(inverse, place.Rows("inverted"), "u8"), 0, 1);
        Assert.InRange(LargestDifference(inverse, place.Rows("inverted-masked"), "u8"), 0, 1);
        AssertHalfMask(place.Rows("inverted-masked-mask"));

        var signed = Text(After(place.Answer("signed")), "metadata");
        var artist = Regex.Match(Text(place.Answer("signed").GetProperty("before"), "metadata"), "<tag name=\"Exif.Image.Artist\">[^<]+</tag>");
        Assert.True(artist.Success);
        Assert.Contains(artist.Value, signed, StringComparison.Ordinal);

        // What is seen of an opaque image is opaque.
        Assert.Equal("RGB u8", Text(After(place.Answer("whole")), "format"));
        Assert.InRange(LargestDifference(whole, place.Rows("whole"), "u8"), 0, 1);
        var several = After(place.Answer("several"));
        Assert.Equal(("RGB u8", 360, 240, 3), (Text(several, "format"), several.GetProperty("width").GetInt32(), several.GetProperty("image_height").GetInt32(), several.GetProperty("layers").GetInt32()));
        // GIMP writes what is seen with an alpha channel.
        using (var seen = NetVips.Image.NewFromFile(Desk.File("several-seen.png")))
            seen.ExtractBand(0, n: 3).WriteToFile(Desk.File("several-rgb.png"));
        Assert.InRange(LargestDifference(await ReferenceAsync("several-rgb.png"), place.Rows("several"), "u8"), 0, 1);

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
        Assert.SkipUnless(GimpPlace.Root3 is not null, GimpPlace.No3);
        Pictures();
        await place.RunCasesAsync(
        [
            new { name = "indexed", file = "rgb.png", indexed = true },
            new { name = "text", file = "rgb.png", text = true, arguments = new { where = "this-image" } },
            new { name = "locked", file = "rgb.png", locked = true, procedure = "koala-restore-detail" },
            new { name = "group", file = "rgb.png", group = true, procedure = "koala-restore-detail" },
            new { name = "outside", file = "rgb.png", offset = (int[])[80, 0], selection = (int[])[0, 0, 10, 10], arguments = new { what = "selection" } },
        ]);
        foreach (var (name, words) in ((string, string)[])[("indexed", "Mode > RGB"), ("text", "Discard Text Information"), ("group", "group"), ("locked", "unlock"), ("outside", "does not touch")])
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
        Assert.SkipUnless(GimpPlace.Root3 is not null, GimpPlace.No3);
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
        Assert.SkipUnless(GimpPlace.Root3 is not null, GimpPlace.No3);
        Desk.Picture("large.png", 700, 500);
        using var run = new ClientRun(await place.StartCasesAsync([new { name = "killed", file = "large.png", arguments = new { where = "this-image" } }]));
        await place.WaitForWorkAsync();
        await place.KillWorkerAsync();
        await run.OutcomeAsync();
        Assert.Equal("success", Text(place.Answer("killed"), "status"));
    }

    [Fact]
    public async Task Upscale_PlugInKilledInTheMiddle_LeavesNoProcessAndNoFile()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, GimpPlace.No3);
        await place.PrepareAsync();
        Desk.Picture("large.png", 1200, 1000);
        var (files, temporary) = (Desk.Files(), place.TemporaryFiles());
        using var run = new ClientRun(await place.StartCasesAsync([new { name = "cancelled", file = "large.png", arguments = new { where = "this-image" } }]));
        await place.WaitForWorkAsync();
        await place.KillPlugInAsync("koala-upscale.py", "koala-client stdio");
        await run.OutcomeAsync();
        AssertUnchanged("cancelled");
        Assert.Equal(temporary, place.TemporaryFiles());
        Assert.Equal(
            files.Concat(["cancelled-before.raw", "cancelled.json", "cancelled.raw", "cases.json"]).Distinct().Order(StringComparer.Ordinal),
            Desk.Files().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Upscale_KeepBlur_IsTheClients()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, GimpPlace.No3);
        Desk.WriteHalfBlurred("bokeh.png");
        await place.RunCasesAsync(
        [
            new { name = "plain", file = "bokeh.png" },
            new { name = "zero", file = "bokeh.png", arguments = new Dictionary<string, double> { ["keep-blur"] = 0 } },
            new { name = "kept", file = "bokeh.png", arguments = new Dictionary<string, double> { ["keep-blur"] = 1 } },
            new { name = "kept-restored", file = "bokeh.png", procedure = "koala-restore-detail", arguments = new Dictionary<string, double> { ["keep-blur"] = 1 } },
            new { name = "restored-plain", file = "bokeh.png", procedure = "koala-restore-detail" },
        ]);
        Assert.Equal(place.Rows("plain"), place.Rows("zero"));
        Assert.NotEqual(place.Rows("plain"), place.Rows("kept"));
        Assert.NotEqual(place.Rows("restored-plain"), place.Rows("kept-restored"));
        Assert.InRange(LargestDifference(await place.KeepBlurAsync("bokeh.png"), place.Rows("kept"), "u8"), 0, 1);
    }

    [Fact]
    public async Task Doctor_InTheRoot_NamesEveryLink()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, GimpPlace.No3);
        using var run = new ClientRun(await place.Start3Async([Repository.ClientProgram, "gimp", "doctor"]));
        var outcome = await run.OutcomeAsync();
        Assert.Contains("lists koala-upscale", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("FAIL", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(0, outcome.ExitCode);
    }

    // The left half of the layer is masked out.
    private static void AssertHalfMask(byte[] rows)
    {
        Assert.Equal(360 * 240, rows.Length);
        for (var y = 0; y < 240; y++)
        {
            Assert.True(rows.AsSpan(y * 360, 176).IndexOfAnyExcept((byte)0) < 0);
            Assert.True(rows.AsSpan(y * 360 + 184, 176).IndexOfAnyExcept((byte)255) < 0);
        }
    }

    private void AssertUnchanged(string name)
    {
        var answer = place.Answer(name);
        Assert.False(answer.GetProperty("dirty").GetBoolean());
        Assert.Equal(answer.GetProperty("before").ToString(), After(answer).ToString());
        Assert.Equal(place.Rows(name + "-before"), place.Rows(name));
    }
}
