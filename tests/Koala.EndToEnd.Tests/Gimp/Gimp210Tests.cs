using Koala.TestFiles;
using NetVips;

namespace Koala.EndToEnd.Tests.Gimp;

/// <summary>The plug-in in a real GIMP 2.10, against a real worker.</summary>
[Collection(nameof(GimpTests))]
public sealed class Gimp210Tests(GimpPlace place)
{
    private Desk Desk => place.Desk;

    /// <summary>What koala-client makes of a file.</summary>
    private async Task<Image> ReferenceAsync(string file)
    {
        var output = Desk.File($"reference-{file}");
        var outcome = await Desk.RunAsync("upscale", Desk.File(file), "-o", output, "--overwrite");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return Image.NewFromFile(output);
    }

    [Theory]
    [InlineData("rgb")]
    [InlineData("grey")]
    [InlineData("deep")]
    [InlineData("alpha")]
    [InlineData("adobe")]
    public async Task Upscale_ByTheScript_EqualsKoalaClient(string kind)
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Desk.WriteKind(kind);
        var log = await place.RunScriptAsync($"(koala-upscale \"{Desk.File(kind + ".png")}\" \"{Desk.File(kind + "-x4.png")}\" 4)");
        Assert.True(File.Exists(Desk.File(kind + "-x4.png")), log);
        using var result = Image.NewFromFile(Desk.File(kind + "-x4.png"));
        using var reference = await ReferenceAsync(kind + ".png");
        Assert.Equal((reference.Width, reference.Height, reference.Bands, reference.Format), (result.Width, result.Height, result.Bands, result.Format));
        using var difference = (result - reference).Abs();
        // GIMP's PNG files have no colours where nothing is seen.
        using var seen = kind == "alpha" ? (reference.ExtractBand(3) > 0).Ifthenelse(difference, 0) : difference.Copy();
        if (kind == "adobe")
            Assert.Equal(IccProfiles.AdobeRgb, (byte[])result.Get("icc-profile-data"));
        Assert.InRange(seen.Max(), 0, kind == "deep" ? 257 : 1);
    }

    [Fact]
    public async Task Upscale_SelectionOfALayerWithOffset_IsThatPart()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Desk.Picture("part.png", 90, 60);
        var log = await place.RunScriptAsync($"""
            (let* ((image (car (gimp-file-load 1 "{Desk.File("part.png")}" "part.png"))) (layer (car (gimp-image-get-active-layer image))))
              (gimp-layer-set-offsets layer 7 9)
              (gimp-image-select-rectangle image 2 37 34 40 20)
              (let ((result (car (plug-in-koala-upscale-4 1 image layer 1 0))))
                (gimp-file-save 1 result (car (gimp-image-get-active-layer result)) "{Desk.File("part-x4.png")}" "part-x4.png")))
            """);
        Assert.True(File.Exists(Desk.File("part-x4.png")), log);
        using var whole = await ReferenceAsync("part.png");
        using var expected = whole.Crop(120, 100, 160, 80);
        using var result = Image.NewFromFile(Desk.File("part-x4.png"));
        Assert.Equal((160, 80), (result.Width, result.Height));
        using var difference = (result - expected).Abs();
        Assert.InRange(difference.Max(), 0, 2);
    }

    [Fact]
    public async Task Upscale_FloatLayerWithMask_KeepsPrecisionAndMask()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Desk.Picture("float.png", 90, 60);
        var log = await place.RunScriptAsync($"""
            (let* ((image (car (gimp-file-load 1 "{Desk.File("float.png")}" "float.png"))) (layer (car (gimp-image-get-active-layer image)))
                   (mask (car (gimp-layer-create-mask layer ADD-MASK-WHITE))))
              (gimp-image-convert-precision image PRECISION-FLOAT-LINEAR)
              (gimp-layer-add-mask layer mask)
              (gimp-item-set-lock-position layer TRUE)
              (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 0 0 45 60)
              (gimp-context-set-foreground '(0 0 0))
              (gimp-drawable-edit-fill mask FILL-FOREGROUND)
              (gimp-selection-none image)
              (let* ((result (car (plug-in-koala-upscale-4 1 image layer 1 0))) (upscaled (car (gimp-image-get-active-layer result))))
                (if (= PRECISION-FLOAT-LINEAR (car (gimp-image-get-precision result))) (gimp-message "koala kept the precision"))
                (gimp-layer-remove-mask upscaled MASK-APPLY)
                (gimp-image-convert-precision result PRECISION-U8-GAMMA)
                (gimp-file-save 1 result upscaled "{Desk.File("float-x4.png")}" "float-x4.png")))
            """);
        Assert.Contains("koala kept the precision", log, StringComparison.Ordinal);
        using var result = Image.NewFromFile(Desk.File("float-x4.png"));
        using var reference = await ReferenceAsync("float.png");
        Assert.Equal((360, 240, 4), (result.Width, result.Height, result.Bands));
        using var hidden = result.Crop(0, 0, 176, 240);
        using var seen = result.Crop(184, 0, 176, 240);
        using var expected = reference.Crop(184, 0, 176, 240);
        using var difference = (seen.ExtractBand(0, n: 3) - expected).Abs();
        Assert.Equal(0, hidden.ExtractBand(3).Max());
        Assert.Equal(255, seen.ExtractBand(3).Min());
        Assert.InRange(difference.Max(), 0, 2);
    }

    [Fact]
    public async Task Upscale_PhotographWithExif_KeepsIt()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Desk.WriteWithArtist("signed.jpg");
        var log = await place.RunScriptAsync($"""
            (let* ((image (car (gimp-file-load 1 "{Desk.File("signed.jpg")}" "signed.jpg")))
                   (result (car (plug-in-koala-upscale-4 1 image (car (gimp-image-get-active-layer image)) 1 0))))
              (gimp-file-save 1 result (car (gimp-image-get-active-layer result)) "{Desk.File("signed-x4.jpg")}" "signed-x4.jpg"))
            """);
        Assert.True(File.Exists(Desk.File("signed-x4.jpg")), log);
        using var result = Image.NewFromFile(Desk.File("signed-x4.jpg"));
        Assert.StartsWith(GimpPictures.Artist, (string)result.Get("exif-ifd0-Artist"), StringComparison.Ordinal);
        Assert.Equal(360, result.Width);
    }

    [Fact]
    public async Task Upscale_KeepBlur_IsTheClients()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Desk.WriteHalfBlurred("bokeh.png");
        var log = await place.RunScriptAsync($"""
            (let* ((image (car (gimp-file-load 1 "{Desk.File("bokeh.png")}" "bokeh.png"))) (layer (car (gimp-image-get-active-layer image)))
                   (result (car (plug-in-koala-upscale-4 1 image layer 1 1))))
              (gimp-file-save 1 result (car (gimp-image-get-active-layer result)) "{Desk.File("kept.png")}" "kept.png")
              (plug-in-koala-upscale-4 1 image layer 1 2))
            """);
        Assert.True(File.Exists(Desk.File("kept.png")), log);
        Assert.Contains("keep-blur is 0 to 1, not 2", log, StringComparison.Ordinal);
        var kept = Pixels.Of(Desk.File("kept.png"));
        Assert.InRange(Pixels.LargestDifference(await place.KeepBlurAsync("bokeh.png"), kept), 0, 1);
        using var plain = await ReferenceAsync("bokeh.png");
        Assert.NotEqual(Pixels.Of(plain), kept);
    }

    [Fact]
    public async Task Script_LayersPaletteAndJpeg_BecomeWhatIsSeen()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        using (var rgb = Image.NewFromFile(Desk.WriteKind("alpha")))
        {
            rgb.WriteToFile(Desk.File("seen.png"));
            rgb.ExtractBand(0, n: 3).Pngsave(Desk.File("palette.png"), palette: true, bitdepth: 4);
        }
        var log = await place.RunScriptsAsync(
            [
                $"(koala-upscale \"{Desk.File("palette.png")}\" \"{Desk.File("palette-x2.png")}\" 2)",
                $"(koala-upscale \"{Desk.File("seen.png")}\" \"{Desk.File("seen-x2.JPG")}\" 2)",
                $"(koala-upscale \"{Desk.File("nothing.png")}\" \"{Desk.File("nothing-x2.png")}\" 2)",
            ]);
        Assert.True(File.Exists(Desk.File("palette-x2.png")) && File.Exists(Desk.File("seen-x2.JPG")), log);
        Assert.Equal((180, 120, 3), Pixels.Size(Desk.File("palette-x2.png")));
        Assert.Equal((180, 120, 3), Pixels.Size(Desk.File("seen-x2.JPG")));
        // White, the background, where nothing is seen.
        using var jpeg = Image.NewFromFile(Desk.File("seen-x2.JPG"));
        Assert.InRange(jpeg.Crop(0, 0, 30, 120).Avg(), 250, 255);
        Assert.Contains("nothing.png", log, StringComparison.Ordinal);
        Assert.False(File.Exists(Desk.File("nothing-x2.png")));
    }

    [Fact]
    public async Task Restore_Selection_ChangesThatPartAlone()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Desk.Picture("restore.png", 90, 60);
        var log = await place.RunScriptAsync($"""
            (let* ((image (car (gimp-file-load 1 "{Desk.File("restore.png")}" "restore.png"))) (layer (car (gimp-image-get-active-layer image))))
              (gimp-image-select-rectangle image 2 30 25 40 20)
              (plug-in-koala-restore-detail 1 image layer 1 0)
              (gimp-file-save 1 image layer "{Desk.File("restored.png")}" "restored.png"))
            """);
        Assert.True(File.Exists(Desk.File("restored.png")), log);
        var (before, after) = (Pixels.Of(Desk.File("restore.png")), Pixels.Of(Desk.File("restored.png")));
        Assert.NotEqual(before, after);
        for (var y = 0; y < 60; y++)
            for (var x = 0; x < 90; x++)
                if (x is < 30 or >= 70 || y is < 25 or >= 45)
                    Assert.Equal(before.AsSpan(3 * (90 * y + x), 3).ToArray(), after.AsSpan(3 * (90 * y + x), 3).ToArray());
    }

    [Fact]
    public async Task Upscale_NoClient_SaysWhatToDo()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Desk.Picture("none.png", 90, 60);
        await place.PrepareAsync();
        var path = Desk.File(Path.Combine("gimp-2.10", "plug-ins", "koala-upscale", "client-path.txt"));
        var named = await File.ReadAllTextAsync(path);
        await File.WriteAllTextAsync(path, "/nowhere/koala-client\n");
        var log = await place.RunScriptAsync(
            $"(koala-upscale \"{Desk.File("none.png")}\" \"{Desk.File("none-x4.png")}\" 4)", ("KOALA_WORKER", $"unix:{Desk.Runtime}/none.sock"));
        await File.WriteAllTextAsync(path, named);
        Assert.Contains("koala-client gimp install", log, StringComparison.Ordinal);
        Assert.False(File.Exists(Desk.File("none-x4.png")));
    }

    [Fact]
    public async Task Restore_NoWorkersProgram_SaysSoAndChangesNothing()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Desk.Picture("restore.png", 90, 60);
        var log = await place.RunScriptsAsync(
            RestoreScripts("restore.png"), ("KOALA_WORKER", $"unix:{Desk.Runtime}/none.sock"), ("KOALA_WORKER_PROGRAM", "/nowhere/koala-worker"));
        Assert.True(log.Contains("/nowhere/koala-worker", StringComparison.Ordinal), log);
        AssertUnchanged("restore.png", log);
    }

    [Fact]
    public async Task Restore_WorkerKilledInTheMiddle_GoesOnWithAnother()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Desk.Picture("large.png", 500, 400);
        using var run = new ClientRun(await place.StartScriptsAsync(RestoreScripts("large.png")));
        await place.WaitForWorkAsync();
        await place.KillWorkerAsync();
        var outcome = await run.OutcomeAsync();
        Assert.Contains("koala left it dirty", outcome.Output + outcome.Error, StringComparison.Ordinal);
        var (before, after) = (Pixels.Of(Desk.File("large.png")), Pixels.Of(Desk.File("after.png")));
        Assert.Equal(before.Length, after.Length);
        Assert.NotEqual(before, after);
    }

    [Fact]
    public async Task Restore_PlugInKilledInTheMiddle_LeavesNoProcessAndNoFile()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        await place.PrepareAsync();
        Desk.Picture("large.png", 1200, 1000);
        var (files, temporary) = (Desk.Files(), place.TemporaryFiles());
        using var run = new ClientRun(await place.StartScriptsAsync(RestoreScripts("large.png")));
        await place.WaitForWorkAsync();
        await place.KillPlugInAsync(Path.Combine("plug-ins", "koala-upscale", "koala-upscale"), "koala-client worker");
        var outcome = await run.OutcomeAsync();
        AssertUnchanged("large.png", outcome.Output + outcome.Error);
        Assert.Equal(temporary, place.TemporaryFiles());
        Assert.Equal(files.Append("after.png").Distinct().Order(StringComparer.Ordinal), Desk.Files());
    }

    // What comes after the call is run although it fails; GIMP keeps the image meanwhile, but no variables.
    private string[] RestoreScripts(string file)
    {
        const string WithImage = "(let* ((image (vector-ref (cadr (gimp-image-list)) 0)) (layer (car (gimp-image-get-active-layer image))))";
        File.Delete(Desk.File("after.png"));
        return
        [
            $"(gimp-image-clean-all (car (gimp-file-load RUN-NONINTERACTIVE \"{Desk.File(file)}\" \"{file}\")))",
            $"{WithImage} (plug-in-koala-restore-detail RUN-NONINTERACTIVE image layer 1 0))",
            $"""
            {WithImage}
              (gimp-message (if (= FALSE (car (gimp-image-is-dirty image))) "koala left it clean" "koala left it dirty"))
              (gimp-file-save RUN-NONINTERACTIVE image layer "{Desk.File("after.png")}" "after.png"))
            """,
        ];
    }

    private void AssertUnchanged(string file, string log)
    {
        Assert.Contains("koala left it clean", log, StringComparison.Ordinal);
        Assert.Equal(Pixels.Of(Desk.File(file)), Pixels.Of(Desk.File("after.png")));
    }

    [Fact]
    public async Task Doctor_AfterInstall_FindsNothing_AndNamesABrokenLink()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        if (OperatingSystem.IsWindows())
            return;
        await place.PrepareAsync();
        var environment = new Dictionary<string, string> { ["GIMP2_DIRECTORY"] = Desk.File("gimp-2.10"), ["HOME"] = Desk.Folder };
        using (var run = new ClientRun(Desk.StartProcess(Repository.ClientProgram, environment, "gimp", "doctor")))
        {
            var healthy = await run.OutcomeAsync();
            Assert.True(healthy.ExitCode == 0 && !healthy.Output.Contains("FAIL", StringComparison.Ordinal), healthy.Output);
            Assert.Contains("lists plug-in-koala-upscale-4", healthy.Output, StringComparison.Ordinal);
        }

        var program = Desk.File(Path.Combine("gimp-2.10", "plug-ins", "koala-upscale", "koala-upscale"));
        var mode = File.GetUnixFileMode(program);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var broken = new ClientRun(Desk.StartProcess(Repository.ClientProgram, environment, "gimp", "doctor"));
        var outcome = await broken.OutcomeAsync();
        File.SetUnixFileMode(program, mode);
        Assert.Equal(60, outcome.ExitCode);
        Assert.Contains("not executable", outcome.Output, StringComparison.Ordinal);
    }
}
