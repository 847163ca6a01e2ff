using static TorchSharp.torch;

namespace Koala.Network.Tests.Inference;

public sealed class BackProjectionTests
{
    [Theory]
    [InlineData(2, 0.3, 0.3)]
    [InlineData(4, 0.3, 0.3)]
    [InlineData(4, 3, 1)]
    [InlineData(4, 4, 4)]
    public void Correct_EveryStep_BringsTheRebuiltImageCloser(int scale, double sigma1, double sigma2)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var kernels = Kernels.Everywhere(Kernels.Gaussian(sigma1, sigma2, 0.7), 24, 20);
        var hr = nn.functional.avg_pool2d(rand([1, 3, scale * 24, scale * 20], generator: generator) * 2 - 1, 3, 1, 1);
        var lr = LocalFilter.Degrade(hr, kernels, scale);
        var errors = Enumerable.Range(0, 5).Select(steps => Error(BackProjection.Correct(zeros_like(hr), lr, kernels, scale, steps))).ToArray();
        Assert.All(errors.Zip(errors.Skip(1)), pair => Assert.True(pair.Second < pair.First, string.Join(", ", errors)));
        Assert.True(errors[4] < 0.5 * errors[0], string.Join(", ", errors));

        double Error(Tensor corrected) =>
            (LocalFilter.Degrade(corrected, kernels, scale) - lr).narrow(2, 6, 12).narrow(3, 6, 8).square().mean().item<float>();
    }

    [Fact]
    public void Correct_WhatIsConsistent_StaysAsItIs()
    {
        using var scope = NewDisposeScope();
        var kernels = Kernels.Everywhere(Kernels.Gaussian(2, 1, 0), 12, 12);
        var hr = rand([1, 3, 48, 48]);
        var lr = LocalFilter.Degrade(hr, kernels, 4);
        Assert.True(allclose(hr, BackProjection.Correct(hr, lr, kernels, 4, 3), atol: 1e-5));
    }
}
