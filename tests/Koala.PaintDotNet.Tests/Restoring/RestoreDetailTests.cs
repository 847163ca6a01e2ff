using Koala.Client;
using Koala.PaintDotNet.Tests.Host;
using PaintDotNet.Imaging;
using PaintDotNet.Rendering;

namespace Koala.PaintDotNet.Tests.Restoring;

/// <summary>The compiled effect, driven as paint.net drives it, against a real worker: what the picture is.</summary>
public sealed class RestoreDetailTests
{
    [Fact]
    public void Render_InTilesByEightThreads_EqualsOneWholeRender()
    {
        // Eight tiles, those at the right and lower edges smaller, in two cells.
        var layer = Layer.Picture(390, 134);
        using var tiled = Start(layer.Environment());
        using var whole = Start(layer.Environment());

        var result = tiled.RenderTiles();

        Assert.Equal(whole.RenderWhole(), result);
        Assert.InRange(Layer.LargestDifference(layer.Pixels, result), 4, 255);
        Assert.Empty(tiled.Services.Errors);
    }

    [Fact]
    public async Task Render_OfALayer_EqualsTheClientsJobOnTheWholeLayer()
    {
        // Not a multiple of the network's alignment, and more than one cell.
        var layer = Layer.Picture(283, 58);
        using var run = Start(layer.Environment());

        var result = run.RenderTiles();

        Assert.InRange(Layer.LargestDifference(await ExpectedAsync(layer, 2), result), 0, 1);
    }

    [Fact]
    public async Task Render_OfATransparentLayer_KeepsAlphaAndShowsNoHiddenColours()
    {
        var layer = Layer.Picture(90, 70).With((x, y, pixel) => pixel with { A = (byte)Math.Clamp(5 * (x + y - 60), 0, 255) });
        var garbage = layer.With((x, y, pixel) => pixel.A > 0 ? pixel : new ColorBgra32((byte)(37 * x), (byte)(91 * y), 255, 0));
        using var run = Start(layer.Environment());
        using var other = Start(garbage.Environment());

        var result = run.RenderTiles();
        var otherResult = other.RenderTiles();

        Assert.Equal(layer.Pixels.Select(pixel => pixel.A), result.Select(pixel => pixel.A));
        Assert.Equal(garbage.Pixels.Where(pixel => pixel.A == 0), otherResult.Where(pixel => pixel.A == 0));
        Assert.Equal(0, Layer.LargestDifference(result, otherResult));
        // As far as it can be seen: under transparency a job on the whole layer makes up other colours.
        Assert.InRange(Layer.LargestDifference((await ExpectedAsync(layer, 2)).Select(Seen), result.Select(Seen)), 0, 1);
        // Straight alpha: colours of half transparent pixels are not darkened.
        var faint = Enumerable.Range(0, result.Length).Where(i => layer.Pixels[i].A is > 60 and < 200).ToArray();
        Assert.InRange(faint.Average(i => result[i].G) - faint.Average(i => layer.Pixels[i].G), -4, 4);

        static ColorBgra32 Seen(ColorBgra32 pixel) =>
            new((byte)(pixel.B * pixel.A / 255), (byte)(pixel.G * pixel.A / 255), (byte)(pixel.R * pixel.A / 255), pixel.A);
    }

    [Fact]
    public async Task Render_OfASelection_ReadsOnlyItAndWhatTheNetworkSeesAround()
    {
        var layer = Layer.Picture(600, 500);
        var selection = new RectInt32(301, 202, 50, 40);
        using var run = Start(layer.Environment(selection));

        var result = run.RenderTiles();

        // The halo of the model, and up to 3 pixels to its grid.
        var around = await WorkerPlace.HaloAsync(2) + 3;
        Assert.NotEmpty(run.Environment.Read);
        Assert.All(run.Environment.Read, rect =>
        {
            Assert.InRange(rect.X, selection.X - around, selection.X + selection.Width);
            Assert.InRange(rect.Y, selection.Y - around, selection.Y + selection.Height);
            Assert.InRange(rect.X + rect.Width, selection.X, selection.X + selection.Width + around);
            Assert.InRange(rect.Y + rect.Height, selection.Y, selection.Y + selection.Height + around);
        });
        for (var y = 0; y < layer.Height; y++)
            for (var x = 0; x < layer.Width; x++)
                if (x < selection.X || y < selection.Y || x >= selection.X + selection.Width || y >= selection.Y + selection.Height)
                    Assert.Equal(layer[x, y], result[y * layer.Width + x]);
    }

    [Fact]
    public void Render_OfAFeatheredSelection_LeavesMaskingToTheHost()
    {
        var layer = Layer.Picture(120, 90);
        var selection = new RectInt32(20, 16, 80, 60);
        var feathered = layer.Pixels.Select((_, i) => Feather(i % 120, i / 120)).ToArray();
        using var hard = Start(layer.Environment(selection));
        using var soft = Start(layer.Environment(selection, feathered));

        // The same pixels whatever the mask: what is half selected is mixed once, by the host.
        Assert.Equal(hard.Render(selection), soft.Render(selection));
        var (all, result) = (hard.RenderTiles(), soft.RenderTiles());
        for (var i = 0; i < result.Length; i++)
            Assert.InRange(result[i].G, layer.Pixels[i].G + (all[i].G - layer.Pixels[i].G) * feathered[i] / 255.0 - 0.51, layer.Pixels[i].G + (all[i].G - layer.Pixels[i].G) * feathered[i] / 255.0 + 0.51);

        byte Feather(int x, int y)
        {
            var inside = new[] { x - 20, y - 16, 99 - x, 75 - y }.Min();
            return (byte)Math.Clamp(25 * inside, 0, 255);
        }
    }

    [Fact]
    public void SetToken_AnotherStrength_MixesWithTheLayerAndAsksTheWorkerForNothing()
    {
        var layer = Layer.Picture(80, 60);
        using var run = Start(layer.Environment());
        var full = run.RenderTiles();
        var job = run.Effect.Session!.Job;

        run.SetToken(strength: 40);
        var mixed = run.RenderTiles();

        Assert.Same(job, run.Effect.Session.Job);
        for (var i = 0; i < mixed.Length; i++)
            Assert.InRange(mixed[i].R - (layer.Pixels[i].R + 0.4 * (full[i].R - layer.Pixels[i].R)), -0.51, 0.51);
        run.SetToken(strength: 0);
        Assert.Equal(layer.Pixels, run.RenderTiles());
    }

    [Fact]
    public async Task Render_AtScale4_EqualsTheClientsJob()
    {
        var layer = Layer.Picture(64, 48);
        using var run = Start(layer.Environment(), scale: 4);

        Assert.InRange(Layer.LargestDifference(await ExpectedAsync(layer, 4), run.RenderTiles()), 0, 1);
    }

    internal static EffectRun<RestoreDetailEffect> Start(global::PaintDotNet.Effects.MemoryEnvironment environment, int scale = 2)
    {
        var run = new EffectRun<RestoreDetailEffect>(environment);
        run.Initialize();
        run.SetToken(scale);
        return run;
    }

    private static async Task<ColorBgra32[]> ExpectedAsync(Layer layer, int scale)
    {
        await WorkerPlace.StatusAsync();
        var rgba = layer.Pixels.SelectMany(pixel => new[] { pixel.R, pixel.G, pixel.B, pixel.A }).ToArray();
        var result = new byte[rgba.Length];
        await using var client = new KoalaClient(WorkerAddress.Default);
        await client.UpscaleLayerAsync(new LayerJob
        {
            Width = layer.Width,
            Height = layer.Height,
            Format = new LayerFormat(4, SampleType.U8),
            Scale = scale,
            SameSize = true,
            Precision = Precision.Fp32,
            ReadRows = (y, count, rows, _) =>
            {
                rgba.AsMemory(y * layer.Width * 4, count * layer.Width * 4).CopyTo(rows);
                return ValueTask.CompletedTask;
            },
            WriteRows = (y, _, rows, _) =>
            {
                rows.CopyTo(result.AsMemory(y * layer.Width * 4));
                return ValueTask.CompletedTask;
            },
        });
        return [.. result.Chunk(4).Select(rgb => new ColorBgra32(rgb[2], rgb[1], rgb[0], rgb[3]))];
    }
}
