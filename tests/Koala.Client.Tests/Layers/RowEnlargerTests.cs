using Koala.Client.Layers;

namespace Koala.Client.Tests.Layers;

public sealed class RowEnlargerTests
{
    private static float[] Enlarge(float[] source, int width, int channels, int scale, bool limited)
    {
        var height = source.Length / width / channels;
        var rows = 0;
        var enlarger = new RowEnlarger(width, height, channels, scale, limited, (y, row) =>
        {
            Assert.Equal(rows++, y);
            source.AsSpan(y * width * channels, width * channels).CopyTo(row);
        });
        var result = new float[source.Length * scale * scale];
        for (var y = 0; y < height * scale; y++)
            enlarger.Next(result.AsSpan(y * width * channels * scale, width * channels * scale));
        Assert.Equal(height, rows);
        return result;
    }

    /// <summary>The textbook's sum over 4×4 pixels, in double.</summary>
    private static double Bicubic(float[] source, int width, int height, int channels, int channel, int scale, int x, int y)
    {
        var (u, v) = ((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5);
        var sum = 0.0;
        for (var j = (int)Math.Floor(v) - 1; j <= (int)Math.Floor(v) + 2; j++)
            for (var i = (int)Math.Floor(u) - 1; i <= (int)Math.Floor(u) + 2; i++)
                sum += Keys(u - i) * Keys(v - j)
                    * source[(Math.Clamp(j, 0, height - 1) * width + Math.Clamp(i, 0, width - 1)) * channels + channel];
        return sum;

        static double Keys(double t) => Math.Abs(t) switch
        {
            <= 1 and var a => 1.5 * a * a * a - 2.5 * a * a + 1,
            < 2 and var a => -0.5 * a * a * a + 2.5 * a * a - 4 * a + 2,
            _ => 0,
        };
    }

    [Theory]
    [InlineData(1, 1, 1, 4)]
    [InlineData(7, 5, 3, 2)]
    [InlineData(3, 9, 1, 4)]
    [InlineData(6, 1, 2, 4)]
    public void Next_AnySize_IsBicubic(int width, int height, int channels, int scale)
    {
        var random = new Random(3);
        var source = Enumerable.Range(0, width * height * channels).Select(_ => random.NextSingle()).ToArray();
        var result = Enlarge(source, width, channels, scale, limited: false);
        for (var y = 0; y < height * scale; y++)
            for (var x = 0; x < width * scale; x++)
                for (var c = 0; c < channels; c++)
                    Assert.Equal(Bicubic(source, width, height, channels, c, scale, x, y), result[(y * width * scale + x) * channels + c], 1e-5);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Next_Limited_NeverRings(int scale)
    {
        // A hard edge across and along: everything stays between 0 and 1, and full stays exactly full.
        var source = Enumerable.Range(0, 64).Select(i => i % 8 >= 4 && i / 8 >= 2 ? 1f : 0).ToArray();
        var result = Enlarge(source, 8, 1, scale, limited: true);
        Assert.All(result, v => Assert.InRange(v, 0, 1));
        Assert.Contains(result, v => v is > 0 and < 1);
        for (var y = 3 * scale; y < 8 * scale; y++)
            for (var x = 5 * scale; x < 8 * scale; x++)
                Assert.Equal(1, result[y * 8 * scale + x]);
    }
}
