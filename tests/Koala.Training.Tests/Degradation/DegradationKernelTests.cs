using Koala.Training.Degradation;

namespace Koala.Training.Tests.Degradation;

public sealed class DegradationKernelTests
{
    [Theory]
    [InlineData(0.2, 0.2, 0)]
    [InlineData(4, 4, 0.3)]
    [InlineData(0.5, 3, 1.2)]
    public void Taps_AnyKernel_SumToOneAndAreCentred(double sigma1, double sigma2, double theta)
    {
        var taps = new DegradationKernel(sigma1, sigma2, theta).Taps();
        Assert.Equal(400, taps.Length);
        Assert.Equal(1, taps.Sum(), 4);
        for (var i = 0; i < 400; i++)
            Assert.Equal(taps[i], taps[399 - i], 6);
    }

    [Fact]
    public void Taps_NarrowestBlur_AreTheCubicKernel()
    {
        var taps = new DegradationKernel(0.05, 0.05, 0).Taps();
        double[] cubic = [-0.0625, 0.5625, 0.5625, -0.0625];
        for (var i = 0; i < 4; i++)
            for (var j = 0; j < 4; j++)
                Assert.Equal(cubic[i] * cubic[j], taps[(8 + i) * 20 + 8 + j], 6);
    }

    [Fact]
    public void Taps_Rotated_SpreadAlongTheAngle()
    {
        // σ₁ along x at θ = 0; a quarter turn swaps the axes.
        var flat = new DegradationKernel(3, 0.5, 0).Taps();
        var upright = new DegradationKernel(3, 0.5, Math.PI / 2).Taps();
        for (var y = 0; y < 20; y++)
            for (var x = 0; x < 20; x++)
                Assert.Equal(flat[y * 20 + x], upright[x * 20 + y], 6);
        Assert.True(flat[9 * 20 + 14] > 10 * Math.Abs(flat[14 * 20 + 9]));
    }

    [Fact]
    public void Random_ManyDraws_StayInThePapersRanges()
    {
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            var kernel = DegradationKernel.Random(random);
            Assert.InRange(kernel.Sigma1, 0.2, 4);
            Assert.InRange(kernel.Sigma2, 0.2, 4);
            Assert.InRange(kernel.Theta, 0, Math.PI / 2);
        }
    }
}
