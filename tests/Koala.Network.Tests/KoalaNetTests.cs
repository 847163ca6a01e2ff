using static TorchSharp.torch;

namespace Koala.Network.Tests;

public sealed class KoalaNetTests
{
    [Theory]
    [InlineData(2, 6.18)]
    [InlineData(4, 6.55)]
    public void Parameters_Counted_AreThePapers(int scale, double millions)
    {
        using var network = new KoalaNet(new KoalaNetOptions(scale));
        Assert.Equal(millions, network.parameters().Sum(p => p.numel()) / 1e6, 2);
        Assert.Equal(4.32, network.Downsampling!.parameters().Sum(p => p.numel()) / 1e6, 2);
    }

    [Theory]
    [InlineData(DownsamplingVariant.ResUNet)]
    [InlineData(DownsamplingVariant.ResNet)]
    [InlineData(DownsamplingVariant.UNet)]
    [InlineData(DownsamplingVariant.Uniform)]
    [InlineData(DownsamplingVariant.NoNormalisation)]
    public void Downsampling_EveryVariant_Has27ConvolutionsAndEstimatesKernels(DownsamplingVariant variant)
    {
        using var scope = NewDisposeScope();
        using var network = new KoalaNet(new KoalaNetOptions(4, UpsamplingVariant.Koala, variant));
        Assert.Equal(27, network.Downsampling!.parameters().Count() / 2);
        using var _ = no_grad();
        var kernels = network.Downsampling.forward(rand([2, 3, 8, 12]));
        Assert.Equal([2, 400, 8, 12], kernels.shape);
        if (variant != DownsamplingVariant.NoNormalisation)
            Assert.True(allclose(kernels.sum(1), ones([2, 8, 12]), atol: 1e-4));
        if (variant == DownsamplingVariant.Uniform)
            Assert.True(allclose(kernels, kernels.mean([2, 3], keepdim: true).expand_as(kernels), atol: 1e-6));
    }

    [Theory]
    [InlineData(UpsamplingVariant.Koala)]
    [InlineData(UpsamplingVariant.FilterOnly)]
    [InlineData(UpsamplingVariant.GivenKernels)]
    [InlineData(UpsamplingVariant.Baseline)]
    public void Forward_EveryVariant_EnlargesAndTrains(UpsamplingVariant variant)
    {
        using var scope = NewDisposeScope();
        using var network = new KoalaNet(new KoalaNetOptions(2, variant));
        var lr = rand([1, 3, 8, 12]);
        var given = LocalFilter.Normalise(rand([1, 400, 8, 12]) * 0.01);
        var hr = variant == UpsamplingVariant.GivenKernels ? network.Upsampling.forward(lr, given) : network.forward(lr);
        Assert.Equal([1, 3, 16, 24], hr.shape);
        hr.square().mean().backward();
        foreach (var (name, parameter) in network.named_parameters())
            Assert.True(parameter.grad is not null, name);
    }

    [Fact]
    public void Forward_UntrainedModules_AreResidualBlocks()
    {
        using var scope = NewDisposeScope();
        using var network = new KoalaNet(new KoalaNetOptions(4));
        using var _ = no_grad();
        // With the gains of the last convolutions at zero, m = 1 and k is a unit tap whatever the kernels are.
        foreach (var (name, parameter) in network.named_parameters())
            if (name.EndsWith("multiplier1.weight", StringComparison.Ordinal) || name.EndsWith("filter1.weight", StringComparison.Ordinal))
                parameter.zero_();
        var lr = rand([1, 3, 8, 8]);
        var with = network.forward(lr);
        var without = network.Upsampling.forward(lr, null);
        Assert.True(allclose(with, without, atol: 1e-5));
    }

    [Fact]
    public void Forward_SideNoMultipleOf4_Throws()
    {
        using var network = new KoalaNet(new KoalaNetOptions(4));
        using var lr = rand([1, 3, 8, 10]);
        Assert.Contains("8×10", Assert.Throws<ArgumentException>(() => network.forward(lr)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_Scale3_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new KoalaNet(new KoalaNetOptions(3)));
}
