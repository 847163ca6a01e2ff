using Koala.Client;
using Koala.PaintDotNet.Tests.Host;
using Koala.PaintDotNet.Upscaling;
using NetVips;
using PaintDotNet.Imaging;
using PaintDotNet.Rendering;

namespace Koala.PaintDotNet.Tests.Upscaling;

/// <summary>The compiled effect and its dialog without the window, against a real worker and the services of paint.net.</summary>
public sealed class NewImageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("koala-upscale-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_ToClipboardAndFile_GivesBothTheEnlargedLayerAndOpensTheFile()
    {
        var layer = Layer.Picture(90, 50);
        using var run = new EffectRun<UpscaleEffect>(layer.Environment());
        using var dialog = run.Effect.CreateDialog();
        List<double> progress = [];
        dialog.Changed += (_, _) => progress.Add(dialog.State.Progress);
        var path = Path.Combine(_folder, "it's large.png");

        Assert.True(await dialog.RunAsync(Settings(2) with { ToFile = true }, path), dialog.State.Message);

        var expected = await ExpectedAsync(layer, 2);
        Assert.Equal((180, expected.Length), (run.Services.ClipboardWidth, run.Services.Clipboard!.Length));
        Assert.InRange(Layer.LargestDifference(expected, run.Services.Clipboard), 0, 1);
        using var image = Open(path);
        Assert.Equal(run.Services.Clipboard.SelectMany(p => new[] { p.R, p.G, p.B, p.A }), image.WriteToMemory<byte>());
        Assert.Equal([$"paintdotnet:\"{path}\""], run.Services.Launched);
        Assert.Equal(1, progress.Max());
        Assert.False(dialog.State.IsRunning);
        Assert.False(dialog.State.IsError);
        Assert.Contains(path, dialog.State.Message, StringComparison.Ordinal);
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Run_ClipboardThatCannotBeSet_LeavesTheFileAndEnds()
    {
        using var run = new EffectRun<UpscaleEffect>(Layer.Picture(12, 12).Environment());
        run.Services.ClipboardError = new NotSupportedException("the clipboard is full");
        using var dialog = run.Effect.CreateDialog();
        var path = Path.Combine(_folder, "kept.png");
        Assert.False(await dialog.RunAsync(Settings(2) with { ToFile = true }, path));
        Assert.Equal((false, true, "the clipboard is full"), (dialog.State.IsRunning, dialog.State.IsError, dialog.State.Message));
        using var image = Open(path);
        Assert.Equal((24, 24), (image.Width, image.Height));
    }

    [Fact]
    public async Task Run_OfAFeatheredSelection_IsAsTransparentAsItIsNotSelected()
    {
        var layer = Layer.Picture(140, 110);
        var selection = new RectInt32(40, 30, 60, 48);
        var mask = layer.Pixels.Select((_, i) => (byte)Math.Clamp(20 * (i % 140 - 40), 0, 255)).ToArray();
        using var run = new EffectRun<UpscaleEffect>(layer.Environment(selection, mask));
        using var dialog = run.Effect.CreateDialog();

        Assert.True(await dialog.RunAsync(Settings(2), null), dialog.State.Message);

        var image = run.Services.Clipboard!;
        Assert.Equal((120, 120 * 96), (run.Services.ClipboardWidth, image.Length));
        // In pixel centres of the enlarged image, away from the ends of the ramp, where it is round.
        for (var x = 4; x < 22; x++)
            Assert.InRange(image[50 * 120 + x].A, 20 * ((x + 0.5) / 2 - 0.5) - 2, 20 * ((x + 0.5) / 2 - 0.5) + 2);
        Assert.All(Enumerable.Range(32, 80), x => Assert.Equal(255, image[50 * 120 + x].A));
        // Colours are those of the layer enlarged with its surroundings.
        var whole = await ExpectedAsync(layer, 2);
        for (var y = 0; y < 96; y++)
            for (var x = 32; x < 120; x++)
                Assert.InRange(Math.Abs(image[y * 120 + x].G - whole[(60 + y) * 280 + 80 + x].G), 0, 1);
        // No more was read than the selection and the halo.
        var halo = await WorkerPlace.HaloAsync(2);
        Assert.All(run.Environment.Read, rect => Assert.InRange(rect.X, selection.X - halo, selection.X + selection.Width + halo));
    }

    [Fact]
    public async Task Run_OfADocumentWithAProfile_KeepsIt()
    {
        var profile = Image.ProfileLoad("p3");
        using var run = new EffectRun<UpscaleEffect>(Layer.Picture(12, 12).Environment(profile: profile));
        using var dialog = run.Effect.CreateDialog();
        var path = Path.Combine(_folder, "p3.png");
        Assert.True(await dialog.RunAsync(Settings(2) with { ToFile = true, OpenFile = false }, path), dialog.State.Message);
        using var image = Open(path);
        Assert.Equal(profile, (byte[])image.Get("icc-profile-data"));
        Assert.Equal(profile, run.Services.ClipboardProfile);
        Assert.Empty(run.Services.Launched);
    }

    [Fact]
    public async Task Cancel_InTheMiddle_LeavesNothing()
    {
        await WorkerPlace.StatusAsync();
        using var run = new EffectRun<UpscaleEffect>(Layer.Picture(1400, 1100).Environment());
        using var dialog = run.Effect.CreateDialog();
        var running = dialog.RunAsync(Settings(4) with { ToFile = true }, Path.Combine(_folder, "never.png"));
        await WorkerPlace.WaitForJobsAsync(jobs => jobs > 0);

        dialog.Cancel();

        Assert.False(await running);
        Assert.Equal(Texts.Cancelled, dialog.State.Message);
        Assert.False(dialog.State.IsError);
        Assert.Null(run.Services.Clipboard);
        Assert.Empty(Directory.GetFiles(_folder));
        await WorkerPlace.WaitForJobsAsync(jobs => jobs == 0);
    }

    [Fact]
    public async Task Run_WorkerKilled_StartsAnotherAndGoesOn()
    {
        var first = await WorkerPlace.StatusAsync();
        var layer = Layer.Picture(240, 180);
        using var run = new EffectRun<UpscaleEffect>(layer.Environment());
        using var dialog = run.Effect.CreateDialog();
        var running = dialog.RunAsync(Settings(2), null);
        await WorkerPlace.WaitForJobsAsync(jobs => jobs > 0);

        await WorkerPlace.KillAsync();

        Assert.True(await running, dialog.State.Message);
        Assert.NotEqual(first.ProcessId, (await WorkerPlace.StatusAsync()).ProcessId);
        Assert.InRange(Layer.LargestDifference(await ExpectedAsync(layer, 2), run.Services.Clipboard!), 0, 1);
    }

    [Fact]
    public async Task Run_WorkerKilledAndItsProgramGone_SaysSoAndLeavesNothing()
    {
        await WorkerPlace.StatusAsync();
        using var run = new EffectRun<UpscaleEffect>(Layer.Picture(1400, 1100).Environment());
        using var dialog = run.Effect.CreateDialog();
        var running = dialog.RunAsync(Settings(4) with { ToFile = true }, Path.Combine(_folder, "never.png"));
        await WorkerPlace.WaitForJobsAsync(jobs => jobs > 0);

        await WorkerPlace.KillAndRemoveAsync();
        try
        {
            Assert.False(await running);
        }
        finally
        {
            WorkerPlace.BringBack();
        }
        Assert.True(dialog.State.IsError);
        Assert.Contains("/nowhere/koala-worker", dialog.State.Message, StringComparison.Ordinal);
        Assert.Null(run.Services.Clipboard);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Run_WhatCannotBe_SaysWhatToDo()
    {
        await WorkerPlace.StatusAsync();
        using var run = new EffectRun<UpscaleEffect>(new Layer(12000, 12000, []).Environment());
        using var dialog = run.Effect.CreateDialog();

        await AssertFailsAsync(Texts.NoTargetChosen, Settings(2) with { ToClipboard = false }, null);
        await AssertFailsAsync(Texts.NoFileChosen, Settings(2) with { ToClipboard = false, ToFile = true }, null);
        await AssertFailsAsync(Texts.With(Texts.TooLargeForClipboard, 48000, 48000), Settings(4), null);
        await AssertFailsAsync("Could not find a part of the path", Settings(2) with { ToClipboard = false, ToFile = true }, Path.Combine(_folder, "no", "a.png"));
        Assert.Equal(Texts.With(Texts.ResultSize, 48000, 48000), dialog.ResultSize(4));

        async Task AssertFailsAsync(string message, UpscaleSettings settings, string? path)
        {
            Assert.False(await dialog.RunAsync(settings, path));
            Assert.True(dialog.State.IsError);
            Assert.StartsWith(message, dialog.State.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task RefreshPreview_SeveralAtOnce_ShowsTheLast()
    {
        var layer = Layer.Picture(60, 40);
        using var run = new EffectRun<UpscaleEffect>(layer.Environment());
        using var dialog = run.Effect.CreateDialog();
        await Task.WhenAll(
            dialog.RefreshPreviewAsync(new EffectSettings { Scale = 4 }),
            dialog.RefreshPreviewAsync(new EffectSettings { Scale = 4, Strength = 0.5 }),
            dialog.RefreshPreviewAsync(new EffectSettings { Scale = 2, Precision = Precision.Fp32 }));

        var preview = dialog.State.Preview!;
        Assert.Equal((60, 40, 2), (preview.Width, preview.Height, preview.Scale));
        Assert.Equal(layer.Pixels.SelectMany(p => new[] { p.B, p.G, p.R, p.A }), preview.Before);
        var after = preview.After.Chunk(4).Select(p => new ColorBgra32(p[0], p[1], p[2], p[3]));
        Assert.InRange(Layer.LargestDifference(await ExpectedAsync(layer, 2), after), 0, 1);
        Assert.Contains("ready", dialog.State.WorkerStatus, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_OfTheEffect_LeavesTheLayer()
    {
        var layer = Layer.Picture(150, 140);
        using var run = new EffectRun<UpscaleEffect>(layer.Environment());
        run.Initialize();
        run.Renderer.SetToken(new UpscaleToken());
        Assert.Equal(layer.Pixels, run.RenderTiles());
    }

    internal static Image Open(string path)
    {
        // A source and not a file name: libvips remembers what it has read under a name.
        using var source = Source.NewFromFile(path);
        return Image.NewFromSource(source).CopyMemory();
    }

    private static UpscaleSettings Settings(int scale) => new() { Effect = new EffectSettings { Scale = scale, Precision = Precision.Fp32 } };

    private static async Task<ColorBgra32[]> ExpectedAsync(Layer layer, int scale)
    {
        await WorkerPlace.StatusAsync();
        var rgb = layer.Pixels.SelectMany(pixel => new[] { pixel.R, pixel.G, pixel.B }).ToArray();
        var result = new byte[rgb.Length * scale * scale];
        await using var client = new KoalaClient(WorkerAddress.Default);
        await client.UpscaleAsync(new UpscaleJob
        {
            Width = layer.Width,
            Height = layer.Height,
            PixelFormat = Client.PixelFormat.RgbU8,
            Scale = scale,
            Precision = Precision.Fp32,
            ReadRows = (y, count, rows, _) =>
            {
                rgb.AsMemory(y * layer.Width * 3, count * layer.Width * 3).CopyTo(rows);
                return ValueTask.CompletedTask;
            },
            WriteRows = (y, _, rows, _) =>
            {
                rows.CopyTo(result.AsMemory(y * layer.Width * scale * 3));
                return ValueTask.CompletedTask;
            },
        });
        return [.. result.Chunk(3).Select(p => new ColorBgra32(p[2], p[1], p[0], 255))];
    }
}
