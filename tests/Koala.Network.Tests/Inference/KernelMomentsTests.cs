using static TorchSharp.torch;

namespace Koala.Network.Tests.Inference;

public sealed class KernelMomentsTests
{
    [Theory]
    [InlineData(0.5, 0.5, 0)]
    [InlineData(1, 0.4, 0)]
    [InlineData(2, 1, 0.4)]
    [InlineData(3, 3, 0)]
    [InlineData(3.9, 0.8, 0)]
    [InlineData(1.2, 3.5, 0)]
    public void Covariances_OfAGaussian_AreItsOwn(double sigma1, double sigma2, double theta)
    {
        using var scope = NewDisposeScope();
        var kernels = tensor(Kernels.Gaussian(sigma1, sigma2, theta)).view(1, 400, 1, 1);
        var covariance = KernelMoments.Covariances(KernelMoments.Of(kernels)).data<float>().ToArray();
        var (sin, cos) = Math.SinCos(theta);
        var (a, b) = (sigma1 * sigma1, sigma2 * sigma2);
        Assert.Equal(Math.Sqrt(cos * cos * a + sin * sin * b), Math.Sqrt(covariance[0]), 0.02);
        Assert.Equal(Math.Sqrt(sin * sin * a + cos * cos * b), Math.Sqrt(covariance[1]), 0.02);
        Assert.Equal(sin * cos * (a - b), covariance[2], 0.05);
    }

    [Fact]
    public void Covariances_ShiftedKernel_AreNotChanged()
    {
        using var scope = NewDisposeScope();
        var kernels = tensor(Kernels.Gaussian(1.5, 0.8, 0.3)).view(1, 1, 20, 20);
        var shifted = kernels.roll(3, 2).roll(-2, 3);
        Assert.True(allclose(Covariances(kernels), Covariances(shifted), atol: 1e-3));

        static Tensor Covariances(Tensor t) => KernelMoments.Covariances(KernelMoments.Of(t.view(1, 400, 1, 1)));
    }

    [Fact]
    public void Covariances_ErrorsOfEitherSign_StayInTheRangeOfTheTraining()
    {
        using var scope = NewDisposeScope();
        var noise = LocalFilter.Normalise(randn([1, 400, 8, 8]));
        var (xx, yy, xy) = Split(KernelMoments.Covariances(KernelMoments.Of(noise)));
        var radius = ((xx - yy) / 2).square().add(xy.square()).sqrt();
        Assert.InRange(((xx + yy) / 2 + radius).max().item<float>(), 0.04f, 16.001f);
        Assert.InRange(((xx + yy) / 2 - radius).min().item<float>(), 0.0399f, 16);

        static (Tensor, Tensor, Tensor) Split(Tensor c) => (c.select(1, 0), c.select(1, 1), c.select(1, 2));
    }

    [Theory]
    [InlineData(0.5f)]
    [InlineData(0.8f)]
    [InlineData(1f)]
    [InlineData(1.37f)]
    [InlineData(2f)]
    public void Scale_Kernel_MultipliesItsWidth(float factor)
    {
        using var scope = NewDisposeScope();
        var kernels = tensor(Kernels.Gaussian(1.6, 1.1, 0.5)).view(1, 400, 1, 1);
        var scaled = KernelScaling.Scale(kernels, factor);
        Assert.Equal(1, scaled.sum().item<float>(), 1e-5);
        var ratio = KernelMoments.Of(scaled).narrow(1, 2, 3) / KernelMoments.Of(kernels).narrow(1, 2, 3);
        Assert.All(ratio.data<float>().ToArray(), r => Assert.Equal(factor * factor, r, 0.06 * factor * factor));
    }

    [Fact]
    public void Scale_One_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        var kernels = LocalFilter.Normalise(rand([2, 400, 3, 5]) * 0.01);
        Assert.True(allclose(kernels, KernelScaling.Scale(kernels, 1), atol: 1e-6));
    }
}
