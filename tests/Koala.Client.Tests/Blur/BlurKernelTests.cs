namespace Koala.Client.Tests;

public sealed class BlurKernelTests
{
    [Theory]
    [InlineData(1.1, 1, 0)]
    [InlineData(2.5, 0.7, 0.6)]
    [InlineData(0.7, 2, 0)]
    public void Gaussian_Sigmas_AreItsShape(double sigma1, double sigma2, double angle)
    {
        var kernel = BlurKernel.Gaussian(sigma1, sigma2, angle);
        var shape = kernel.Shape();
        Assert.Equal(1, Sum(kernel), 1e-5);
        Assert.Equal(Math.Max(sigma1, sigma2), shape.SigmaMajor, 0.06);
        Assert.Equal(Math.Min(sigma1, sigma2), shape.SigmaMinor, 0.06);
        Assert.Equal(sigma1 > sigma2 ? angle : angle + Math.PI / 2, shape.Angle, 0.02);
    }

    [Theory]
    [InlineData(15, 15, 0, 0)]
    [InlineData(18, 20, 3, 5)]
    [InlineData(31, 31, -9, 8)]
    [InlineData(16, 22, 0, 1)]
    public void Measured_OddOrEvenSizeAndAnyPlace_IsTheSameKernel(int width, int height, int left, int top)
    {
        // The Gaussian anywhere in a larger picture, not normalised.
        var values = new float[width * height];
        var (x0, y0) = (7 + Math.Max(0, left), 7 + Math.Max(0, top));
        for (var y = Math.Max(0, y0 - 7); y < Math.Min(height, y0 + 8); y++)
            for (var x = Math.Max(0, x0 - 7); x < Math.Min(width, x0 + 8); x++)
                values[y * width + x] = 77 * (float)Math.Exp(-0.5 * ((x - x0) * (x - x0) / 2.25 + (y - y0) * (y - y0)));
        AssertClose(BlurKernel.Gaussian(1.5, 1, 0), BlurKernel.Measured(values, width));
    }

    [Fact]
    public void Measured_EvenSize_HasItsMiddleBetweenTaps()
    {
        var kernel = BlurKernel.Measured([1, 1, 1, 1], 2);
        Assert.Equal([0.25f, 0.25f, 0.25f, 0.25f], [kernel.Taps[189], kernel.Taps[190], kernel.Taps[209], kernel.Taps[210]]);
    }

    [Fact]
    public void Measured_InPixelsOfThePhotograph_IsWider()
    {
        float[] values = [0.1f, 0.2f, 0.1f, 0.2f, 0.4f, 0.2f, 0.1f, 0.2f, 0.1f];
        var (narrow, wide) = (BlurKernel.Measured(values, 3).Shape(), BlurKernel.Measured(values, 3, pixel: 4).Shape());
        Assert.Equal(4, wide.SigmaMajor / narrow.SigmaMajor, 0.25);
    }

    [Theory]
    [InlineData(new float[0], 1)]
    [InlineData(new float[] { 1, 2, 3 }, 2)]
    [InlineData(new float[] { 1, -1 }, 2)]
    [InlineData(new[] { 1, float.NaN }, 1)]
    public void Measured_NoKernel_Throws(float[] values, int width) =>
        Assert.Throws<ArgumentException>(() => BlurKernel.Measured(values, width));

    [Fact]
    public void Centred_ShiftedKernel_ComesBack()
    {
        var kernel = BlurKernel.Gaussian(1.2, 0.9, 0.2);
        var shifted = new float[400];
        for (var i = 0; i < 400 - 43; i++)
            shifted[i + 43] = kernel.Taps[i];
        AssertClose(kernel, new BlurKernel(shifted).Centred());
        Assert.Same(kernel, kernel.Centred());
    }

    [Fact]
    public void Mean_Weights_CountByTheirSize()
    {
        var (a, b) = (BlurKernel.Gaussian(1, 1, 0), BlurKernel.Gaussian(3, 3, 0));
        var mean = BlurKernel.Mean([(a, 3), (b, 1)]);
        Assert.Equal(0.75f * a.Taps[190] + 0.25f * b.Taps[190], mean.Taps[190], 1e-6);
        Assert.Throws<ArgumentException>(() => BlurKernel.Mean([]));
    }

    private static double Sum(BlurKernel kernel)
    {
        var sum = 0.0;
        foreach (var tap in kernel.Taps)
            sum += tap;
        return sum;
    }

    private static void AssertClose(BlurKernel expected, BlurKernel actual)
    {
        for (var i = 0; i < 400; i++)
            Assert.Equal(expected.Taps[i], actual.Taps[i], 1e-4);
    }
}
