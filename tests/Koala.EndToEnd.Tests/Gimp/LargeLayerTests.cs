using System.Globalization;
using System.Text.RegularExpressions;

namespace Koala.EndToEnd.Tests.Gimp;

/// <summary>Layers of more than 2,000×2,000 pixels in both GIMPs, against what koala-client makes of the same pixels.</summary>
[Collection(nameof(GimpTests))]
public sealed partial class LargeLayerTests(GimpPlace place)
{
    private const int Cells = 13;
    private const int FewCells = 6;

    [Fact]
    public async Task Upscale_InBothGimps_EqualsKoalaClient()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null || GimpPlace.Has210, $"{GimpPlace.No3}, or {GimpPlace.No210}");
        await place.PrepareAsync();
        var desk = place.Desk;
        desk.WriteLarge("large.png", Cells);
        desk.WriteLarge("medium.png", FewCells);
        Assert.InRange(GimpPictures.LargeSide(Cells), 2000, 3000);
        await using var worker = await RememberingWorker.StartAsync(desk.Socket, Path.Combine(desk.Runtime, "remembering.sock"));
        (string, string) address = ("KOALA_WORKER", $"unix:{worker.Socket}");
        var output = desk.File("large-x2.png");
        using var run = desk.Start("upscale", desk.File("large.png"), "-o", output, "--scale", "2", "--worker", address.Item2);
        var outcome = await run.OutcomeAsync(GimpPlace.Patience);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        var expected = Pixels.Of(output);

        if (GimpPlace.Root3 is not null)
        {
            var log = await place.RunCasesAsync(
                [Case("large"), Case("medium"), Case("medium")], address);
            Assert.True(File.Exists(desk.File("medium.json")) && place.Answer("large").GetProperty("status").GetString() == "success", log);
            Assert.InRange(Pixels.LargestDifference(expected, place.Rows("large")), 0, 1);
            Report("GIMP 3", place.Answer("medium").GetProperty("seconds").GetDouble());
        }
        if (GimpPlace.Has210)
        {
            var log = await place.RunScriptsAsync(
                [
                    $"(koala-upscale \"{desk.File("large.png")}\" \"{desk.File("large-210.png")}\" 2)",
                    $"""
                    (let* ((now (lambda () (let ((time (gettimeofday))) (+ (car time) (/ (cadr time) 1000000)))))
                           (image (car (gimp-file-load RUN-NONINTERACTIVE "{desk.File("medium.png")}" "medium.png")))
                           (layer (car (gimp-image-get-active-layer image)))
                           (began (now)))
                      (plug-in-koala-upscale-2 RUN-NONINTERACTIVE image layer 1 0)
                      (gimp-message (string-append "koala took " (number->string (- (now) began)) " s")))
                    """,
                ],
                address);
            Assert.True(File.Exists(desk.File("large-210.png")), log);
            Assert.InRange(Pixels.LargestDifference(expected, Pixels.Of(desk.File("large-210.png"))), 0, 1);
            Report("GIMP 2.10", double.Parse(Took().Match(log).Groups[1].Value, CultureInfo.InvariantCulture));
        }
        // Or the test takes long, for no other reason than that.
        Assert.InRange(worker.Computed, 1, 30);
        TestContext.Current.TestOutputHelper?.WriteLine($"{worker.Asked} tiles were asked for, {worker.Computed} of them differed");
    }

    private static object Case(string name) => new { name, file = $"{name}.png", arguments = new { scale = "2" } };

    // For people, a test is no place to compare times: all tiles are remembered, what is left is everything but the worker's time.
    private static void Report(string gimp, double seconds) => TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{gimp}: {seconds:0.00} s from call to result for {GimpPictures.LargeSide(FewCells)}×{GimpPictures.LargeSide(FewCells)} ×2 beyond the worker's computation"));

    [GeneratedRegex("koala took ([0-9.]+) s")]
    private static partial Regex Took();
}
