using PaintDotNet.Effects;
using PaintDotNet.Imaging;
using PaintDotNet.Rendering;

namespace Koala.PaintDotNet.Tests.Host;

/// <summary>
/// An effect as paint.net runs it: CreateInstance, CreateRenderer, Initialize; then SetToken, Render by many threads, CancelRendering as often as the
/// user moves something; then Dispose.
/// </summary>
internal sealed class EffectRun<TEffect> : IDisposable
    where TEffect : BitmapEffect, new()
{
    public const int TileSide = 128;
    public const int Threads = 8;

    public EffectRun(MemoryEnvironment environment, HostServices? services = null)
    {
        (Environment, Services) = (environment, services ?? new HostServices());
        Effect = EffectInfo.CreateInstance<TEffect>(Services, environment);
        Renderer = ((IEffect)Effect).CreateRenderer<IBitmapEffectRenderer>();
    }

    public MemoryEnvironment Environment { get; }

    public HostServices Services { get; }

    public TEffect Effect { get; }

    public IBitmapEffectRenderer Renderer { get; }

    public void Initialize() => Renderer.Initialize(new BitmapEffectInitializeInfo());

    /// <summary>Sets the properties of a property-based effect.</summary>
    public void SetToken(int scale = 2, int strength = 100, int keepBlur = 0, Client.Precision precision = Client.Precision.Fp32)
    {
        var token = new PropertyBasedEffectConfigToken(((PropertyBasedBitmapEffect)(BitmapEffect)Effect).CreatePropertyCollection());
        Assert.True(token.SetPropertyValue("Scale", scale));
        Assert.True(token.SetPropertyValue("Strength", strength));
        Assert.True(token.SetPropertyValue("KeepBlur", keepBlur));
        Assert.True(token.SetPropertyValue("Precision", precision));
        Renderer.SetToken(token);
    }

    /// <summary>Renders a rectangle in one call.</summary>
    public unsafe ColorBgra32[] Render(RectInt32 rect)
    {
        var pixels = new ColorBgra32[rect.Width * rect.Height];
        fixed (ColorBgra32* first = pixels)
            Renderer.Render(first, rect.Width * sizeof(ColorBgra32), pixels.Length * sizeof(ColorBgra32), PixelFormats.Bgra32, rect);
        return pixels;
    }

    public ColorBgra32[] RenderWhole() => Render(new RectInt32(0, 0, Environment.Size.Width, Environment.Size.Height));

    /// <summary>Renders what is selected in tiles, by threads of its own, and masks by the selection; the rest stays as it is.</summary>
    public unsafe ColorBgra32[] RenderTiles()
    {
        var (width, bounds) = (Environment.Size.Width, Environment.RenderBounds);
        var result = new ColorBgra32[width * Environment.Size.Height];
        var mask = ((MemoryBitmap<ColorAlpha8>)Environment.MaskBitmap).Pixels;
        using (var source = Environment.OpenSource())
            ((MemoryBitmap<ColorBgra32>)source).Pixels.CopyTo(result.AsSpan());
        var tiles = new System.Collections.Concurrent.ConcurrentQueue<RectInt32>();
        for (var y = bounds.Y; y < bounds.Y + bounds.Height; y += TileSide)
            for (var x = bounds.X; x < bounds.X + bounds.Width; x += TileSide)
                tiles.Enqueue(new RectInt32(x, y, Math.Min(TileSide, bounds.X + bounds.Width - x), Math.Min(TileSide, bounds.Y + bounds.Height - y)));
        OnThreads(() =>
        {
            while (tiles.TryDequeue(out var tile))
            {
                var pixels = Render(tile);
                for (var i = 0; i < pixels.Length; i++)
                {
                    var place = (tile.Y + i / tile.Width) * width + tile.X + i % tile.Width;
                    result[place] = Mix(result[place], pixels[i], mask[place].A);
                }
            }
        });
        return result;
    }

    /// <summary>Runs something on as many threads as paint.net would, to the end.</summary>
    public static void OnThreads(Action action)
    {
        List<Exception> errors = [];
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                lock (errors)
                    errors.Add(error);
            }
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        Assert.Empty(errors);
    }

    public void Dispose()
    {
        Renderer.CancelRendering();
        Renderer.Dispose();
        Effect.Dispose();
    }

    private static ColorBgra32 Mix(ColorBgra32 before, ColorBgra32 after, int mask)
    {
        return new ColorBgra32(Channel(before.B, after.B), Channel(before.G, after.G), Channel(before.R, after.R), Channel(before.A, after.A));

        byte Channel(byte a, byte b) => (byte)((a * (255 - mask) + b * mask + 127) / 255);
    }
}
