using Koala.PaintDotNet.Tests.Host;
using NetVips;
using PaintDotNet.Imaging;

namespace Koala.PaintDotNet.Tests.Restoring;

/// <summary>What the effect does to a photograph. With <c>KOALA_PICTURES</c>, a folder, the picture of before and after is put there.</summary>
public sealed class PhotographTests
{
    [Fact]
    public void Render_OfAnUnsharpPhotograph_BringsDetailOutAndKeepsTheRest()
    {
        var layer = Photograph(50, 10, 120, 110);
        using var run = RestoreDetailTests.Start(layer.Environment(), scale: 4);

        var restored = layer with { Pixels = run.RenderTiles() };

        Assert.InRange(Edges(restored) / Edges(layer), 1.03, 2);
        // Neither lighter nor darker.
        Assert.InRange(restored.Pixels.Average(pixel => pixel.G) - layer.Pixels.Average(pixel => pixel.G), -1, 1);
        if (Environment.GetEnvironmentVariable("KOALA_PICTURES") is { Length: > 0 } folder)
        {
            using var picture = ToImage(layer).Resize(3, kernel: Enums.Kernel.Nearest)
                .Join(ToImage(restored).Resize(3, kernel: Enums.Kernel.Nearest), Enums.Direction.Horizontal);
            picture.Pngsave(Path.Combine(folder, "restore-detail.png"));
        }
    }

    [Fact]
    public void SetToken_KeepingBlur_LeavesWhatIsWidelyBlurredMoreAsItIs()
    {
        var layer = Photograph(50, 10, 96, 80, blur: 2.5);
        using var run = RestoreDetailTests.Start(layer.Environment());
        var sharpened = run.RenderTiles();
        var job = run.Effect.Session!.Job;

        run.SetToken(keepBlur: 100);
        var kept = run.RenderTiles();

        Assert.NotSame(job, run.Effect.Session.Job);
        Assert.InRange(Change(kept), 0, 0.9 * Change(sharpened));

        double Change(ColorBgra32[] pixels) => pixels.Zip(layer.Pixels, (a, b) => (double)Math.Abs(a.G - b.G)).Average();
    }

    private static Layer Photograph(int x, int y, int width, int height, double blur = 0)
    {
        using var photo = Image.NewFromFile(Path.Combine(WorkerPlace.Root, "clients", "koala-client", "samples", "friends.jpg"));
        using var part = blur > 0 ? photo.Gaussblur(blur).Crop(x, y, width, height) : photo.Crop(x, y, width, height);
        var rgb = part.WriteToMemory<byte>();
        return new Layer(width, height, [.. rgb.Chunk(3).Select(p => new ColorBgra32(p[2], p[1], p[0], 255))]);
    }

    private static Image ToImage(Layer layer) => Image.NewFromMemory(
        layer.Pixels.SelectMany(p => new[] { p.R, p.G, p.B }).ToArray(), layer.Width, layer.Height, 3, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);

    /// <summary>How much neighbours differ, on average.</summary>
    private static double Edges(Layer layer) =>
        Enumerable.Range(0, layer.Pixels.Length - layer.Width).Average(i =>
            (double)Math.Abs(layer.Pixels[i].G - layer.Pixels[i + 1].G) + Math.Abs(layer.Pixels[i].G - layer.Pixels[i + layer.Width].G));
}
