using NetVips;

namespace Koala.EndToEnd.Tests.Gimp;

/// <summary>The plug-ins as people use them: a real GIMP with its window, menus, dialog, progress, and one step of undo.</summary>
[Collection(nameof(GimpTests))]
public sealed class GimpWindowTests(GimpPlace place)
{
    private Desk Desk => place.Desk;

    // Large enough for progress to be seen on a fast machine; without a profile, about which GIMP would ask.
    private string Photograph()
    {
        using var sample = Image.Thumbnail(Repository.Sample, 400, height: 300, crop: Enums.Interesting.Centre);
        sample.Pngsave(Desk.File("photograph.png"), keep: Enums.ForeignKeep.None);
        return Desk.File("photograph.png");
    }

    [Fact]
    public async Task Gimp3_MenuDialogProgressResult()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, GimpPlace.No3);
        Assert.SkipUnless(GimpWindow.IsPossible, GimpWindow.NoDisplay);
        await using var window = await GimpWindow.Open3Async(place, Photograph());
        await window.WaitForAsync("(vector-length (car (gimp-get-images)))", "1");
        await window.FocusAsync("photograph");
        Assert.False(await window.ShowsProgressAsync("before"));
        await window.ChooseAsync(["alt+r", "h"], "k");

        await window.FocusAsync("Koala upscale");
        // Scale: the entry above ×4.
        await window.PressAsync("alt+a", "Up");
        await window.PhotographAsync("dialog");
        await window.PressAsync("alt+o");
        await window.WaitForEndAsync("Koala upscale");
        await SeeProgressAsync(window, "(vector-length (car (gimp-get-images)))");

        Assert.Equal("((800) (600))", await window.AskAsync("(let ((image (vector-ref (car (gimp-get-images)) 0))) (list (gimp-image-get-width image) (gimp-image-get-height image)))"));
        await window.FocusAsync("800x600");
        await window.PhotographAsync("result");
        Assert.False(await window.ShowsProgressAsync("after"));

        // The dialog's values are remembered: ×2 again.
        var small = Desk.Picture("small.png", 24, 20);
        Assert.Equal("((48) (40))", await window.AskAsync($"""
            (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{small}"))) (layers (car (gimp-image-get-layers image)))
                   (result (car (koala-upscale #:run-mode RUN-WITH-LAST-VALS #:image image #:drawables layers))))
              (list (gimp-image-get-width result) (gimp-image-get-height result)))
            """));
    }

    [Fact]
    public async Task Gimp210_MenuProgressResult()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Assert.SkipUnless(GimpWindow.IsPossible, GimpWindow.NoDisplay);
        await using var window = await GimpWindow.Open210Async(place, Photograph());
        await window.WaitForAsync("(car (gimp-image-list))", "1");
        await window.FocusAsync("photograph");
        Assert.False(await window.ShowsProgressAsync("before"));
        await window.ChooseAsync(["alt+r", "h"], "2");
        await SeeProgressAsync(window, "(car (gimp-image-list))");

        Assert.Equal("((800) (600))", await window.AskAsync("(let ((image (vector-ref (cadr (gimp-image-list)) 0))) (list (gimp-image-width image) (gimp-image-height image)))"));
        await window.FocusAsync("800x600");
        await window.PhotographAsync("result");
        Assert.False(await window.ShowsProgressAsync("after"));
    }

    /// <summary>One step back from everything that changes an image.</summary>
    [Fact]
    public async Task Gimp3_UndoOnce_BringsAllBack()
    {
        Assert.SkipUnless(GimpPlace.Root3 is not null, GimpPlace.No3);
        Assert.SkipUnless(GimpWindow.IsPossible, GimpWindow.NoDisplay);
        await using var window = await GimpWindow.Open3Async(place, Desk.Picture("undo.png", 48, 40));
        await window.AskAsync("""
            (define image (vector-ref (car (gimp-get-images)) 0))
            (define layer (vector-ref (car (gimp-image-get-layers image)) 0))
            (define upper (car (gimp-layer-copy layer)))
            (gimp-image-insert-layer image upper 0 0)
            (gimp-layer-set-opacity upper 40)
            (gimp-layer-set-offsets upper 5 3)
            (gimp-layer-add-mask layer (car (gimp-layer-create-mask layer ADD-MASK-WHITE)))
            (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 10 12 20 16)
            (gimp-image-clean-all image)
            (define (state)
              (gimp-file-save RUN-NONINTERACTIVE image (string-append "FOLDER" "/undo-seen.png"))
              (list (gimp-image-get-width image) (gimp-image-get-height image) (gimp-image-get-resolution image) (gimp-selection-bounds image)
                    (map (lambda (one) (list (gimp-drawable-get-width one) (gimp-drawable-get-height one) (gimp-drawable-get-offsets one)
                                             (gimp-layer-get-mask one) (gimp-drawable-histogram one HISTOGRAM-VALUE 0 1)))
                         (vector->list (car (gimp-image-get-layers image))))))
            """.Replace("FOLDER", Desk.Folder, StringComparison.Ordinal));
        foreach (var call in (string[])
            [
                "(koala-upscale #:image image #:drawables (vector layer) #:scale \"2\" #:what \"layer\" #:where \"this-image\")",
                "(koala-upscale #:image image #:drawables (vector layer) #:scale \"2\" #:what \"selection\" #:where \"this-image\")",
                "(koala-upscale #:image image #:drawables (vector layer) #:scale \"2\" #:what \"image\" #:where \"this-image\")",
                "(koala-restore-detail #:image image #:drawables (vector layer))",
            ])
            await AssertUndoneByOneStepAsync(window, call, "undo");
    }

    [Fact]
    public async Task Gimp210_UndoOnce_BringsAllBack()
    {
        Assert.SkipUnless(GimpPlace.Has210, GimpPlace.No210);
        Assert.SkipUnless(GimpWindow.IsPossible, GimpWindow.NoDisplay);
        await using var window = await GimpWindow.Open210Async(place, Desk.Picture("undo.png", 48, 40));
        await window.AskAsync("""
            (define image (vector-ref (cadr (gimp-image-list)) 0))
            (define layer (car (gimp-image-get-active-layer image)))
            (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 10 12 20 16)
            (gimp-image-clean-all image)
            (define (state)
              (gimp-file-save RUN-NONINTERACTIVE image layer (string-append "FOLDER" "/undo-seen.png") "undo-seen.png")
              (list (gimp-image-width image) (gimp-image-height image) (gimp-image-get-layers image) (gimp-selection-bounds image)
                    (gimp-drawable-histogram layer HISTOGRAM-VALUE 0 1)))
            """.Replace("FOLDER", Desk.Folder, StringComparison.Ordinal));
        await AssertUndoneByOneStepAsync(window, "(plug-in-koala-restore-detail RUN-NONINTERACTIVE image layer 1 0)", "undo");
    }

    // Whether an image is dirty is a count of steps since it was clean: one step back makes it clean only where there was one.
    private async Task AssertUndoneByOneStepAsync(GimpWindow window, string call, string title)
    {
        var seen = Desk.File("undo-seen.png");
        var before = await window.AskAsync("(state)");
        var pixels = Pixels.Of(seen);
        var clean = await window.AskAsync("(car (gimp-image-is-dirty image))");
        await window.AskAsync(call);
        var dirty = await window.AskAsync("(car (gimp-image-is-dirty image))");
        Assert.NotEqual(clean, dirty);
        Assert.NotEqual(before, await window.AskAsync("(state)"));
        await window.FocusAsync(title);
        await window.PressAsync("ctrl+z");
        await window.WaitForAsync("(car (gimp-image-is-dirty image))", clean);
        Assert.Equal(before, await window.AskAsync("(state)"));
        Assert.Equal(pixels, Pixels.Of(seen));
    }

    private static async Task SeeProgressAsync(GimpWindow window, string countImages)
    {
        var seen = false;
        for (var number = 1; await window.AskAsync(countImages) == "1"; number++)
        {
            Assert.InRange(number, 1, 1000);
            seen |= await window.ShowsProgressAsync(seen ? "working" : "progress");
        }
        Assert.True(seen, "no progress was seen");
    }
}
