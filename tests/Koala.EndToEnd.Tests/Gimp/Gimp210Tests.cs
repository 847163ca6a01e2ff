using Koala.TestFiles;
using NetVips;

namespace Koala.EndToEnd.Tests.Gimp;

/// <summary>The plug-in in a real GIMP 2.10, against a real worker.</summary>
[Collection(nameof(GimpTests))]
public sealed class Gimp210Tests(GimpPlace place)
{
    private Desk Desk => place.Desk;

    private void Picture(string name, string kind)
    {
        using var rgb = Image.NewFromFile(Desk.Picture("source.png", 90, 60));
        using var made = kind switch
        {
            "grey" => rgb.ExtractBand(1).Copy(interpretation: Enums.Interpretation.Bw),
            "deep" => rgb.Cast(Enums.BandFormat.Ushort).Linear([257.0], [13.0]).Cast(Enums.BandFormat.Ushort).Copy(interpretation: Enums.Interpretation.Rgb16),
            "alpha" => rgb.Bandjoin(Image.Xyz(90, 60).ExtractBand(0).Linear([6.0], [-140.0]).Cast(Enums.BandFormat.Uchar)).Copy(interpretation: Enums.Interpretation.Srgb),
            "adobe" => rgb.Mutate(image => image.Set(GValue.BlobType, "icc-profile-data", IccProfiles.AdobeRgb)),
            _ => rgb.Copy(),
        };
        made.WriteToFile(Desk.File(name));
    }

    /// <summary>What koala-client makes of a file.</summary>
    private async Task<Image> ReferenceAsync(string file)
    {
        var output = Desk.File($"reference-{file}");
        var outcome = await Desk.RunAsync("upscale", Desk.File(file), "-o", output, "--overwrite");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
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
        Picture($"{kind}.png", kind);
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
        Picture("part.png", "rgb");
        var log = await place.RunScriptAsync($"""
            (let* ((image (car (gimp-file-load 1 "{Desk.File("part.png")}" "part.png"))) (layer (car (gimp-image-get-active-layer image))))
              (gimp-layer-set-offsets layer 7 9)
              (gimp-image-select-rectangle image 2 37 34 40 20)
              (let ((result (car (plug-in-koala-upscale-4 1 image layer 1.0))))
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
    public async Task Restore_Selection_ChangesThatPartAlone()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Picture("restore.png", "rgb");
        var log = await place.RunScriptAsync($"""
            (let* ((image (car (gimp-file-load 1 "{Desk.File("restore.png")}" "restore.png"))) (layer (car (gimp-image-get-active-layer image))))
              (gimp-image-select-rectangle image 2 30 25 40 20)
              (plug-in-koala-restore-detail 1 image layer 1.0)
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
        Picture("none.png", "rgb");
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
