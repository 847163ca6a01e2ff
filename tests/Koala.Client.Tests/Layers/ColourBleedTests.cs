using Koala.Client.Layers;

namespace Koala.Client.Tests.Layers;

public sealed class ColourBleedTests
{
    private static float[] Bleed(int width, int height, Func<int, int, (float R, float G, float B, float Alpha)> pixel)
    {
        var read = 0;
        var bleed = new ColourBleed(width, height, (y, rgb, alpha) =>
        {
            Assert.Equal(read++, y);
            for (var x = 0; x < width; x++)
                (rgb[3 * x], rgb[3 * x + 1], rgb[3 * x + 2], alpha[x]) = pixel(x, y);
        });
        var result = new float[3 * width * height];
        for (var y = 0; y < height; y++)
        {
            bleed.Next(result.AsSpan(3 * width * y, 3 * width));
            Assert.InRange(read, y + 1, y + 1 + ColourBleed.Reach);
        }
        Assert.Equal(height, read);
        return result;
    }

    [Fact]
    public void Next_Opaque_ChangesNothing()
    {
        var result = Bleed(40, 90, (x, y) => (x / 40f, y / 90f, 2f, 1));
        for (var y = 0; y < 90; y++)
            for (var x = 0; x < 40; x++)
                Assert.Equal((x / 40f, y / 90f, 2f), (result[3 * (y * 40 + x)], result[3 * (y * 40 + x) + 1], result[3 * (y * 40 + x) + 2]));
    }

    [Fact]
    public void Next_GarbageUnderTransparency_BecomesTheColourBesideIt()
    {
        // A red disc of radius 20 on transparent green garbage.
        var result = Bleed(120, 130, (x, y) => Distance(x, y) < 20 ? (0.8f, 0.1f, 0.2f, 1) : (0f, 1f, 0f, 0));
        for (var y = 0; y < 130; y++)
            for (var x = 0; x < 120; x++)
            {
                var pixel = result.AsSpan(3 * (y * 120 + x), 3);
                if (Distance(x, y) < 20 + ColourBleed.Reach - 1)
                    Assert.True(Math.Abs(pixel[0] - 0.8f) < 1e-3 && Math.Abs(pixel[1] - 0.1f) < 1e-3, $"{x},{y}: {pixel[0]} {pixel[1]}");
                else if (Distance(x, y) > 20 + 2 * ColourBleed.Reach)
                    Assert.Equal(0.5f, pixel[1]);
            }

        static double Distance(int x, int y) => Math.Sqrt((x - 60) * (x - 60) + (y - 65) * (y - 65));
    }

    [Fact]
    public void Next_AnyRow_IsTheMeanOfTheSurroundings()
    {
        // Against a plain computation over the whole window of every pixel.
        const int Width = 75;
        const int Height = 81;
        var random = new Random(5);
        var colours = Enumerable.Range(0, 3 * Width * Height).Select(_ => random.NextSingle()).ToArray();
        var alpha = Enumerable.Range(0, Width * Height).Select(i => i % Width > 40 && i / Width > 30 ? random.Next(2) * random.NextSingle() : 0).ToArray();
        var result = Bleed(Width, Height, (x, y) =>
        {
            var at = Width * y + x;
            return (colours[3 * at], colours[3 * at + 1], colours[3 * at + 2], alpha[at]);
        });
        for (var i = 0; i < result.Length; i++)
            Assert.Equal(Expected(i / 3 % Width, i / 3 / Width, i % 3), result[i], 1e-3);

        double Expected(int x, int y, int channel)
        {
            var own = colours[3 * (Width * y + x) + channel];
            var opacity = alpha[Width * y + x];
            if (opacity >= 8 / 255f)
                return own;
            double sum = 0, weights = 0;
            for (var v = Math.Max(0, y - 32); v <= Math.Min(Height - 1, y + 32); v++)
                for (var u = Math.Max(0, x - 32); u <= Math.Min(Width - 1, x + 32); u++)
                {
                    var weight = alpha[Width * v + u] * (Math.Abs(u - x) <= 4 && Math.Abs(v - y) <= 4 ? 1001.0 : 1);
                    sum += weight * colours[3 * (Width * v + u) + channel];
                    weights += weight;
                }
            var mean = weights == 0 ? 0.5 : sum / weights;
            return mean + (own - mean) * opacity / (8 / 255f);
        }
    }
}
