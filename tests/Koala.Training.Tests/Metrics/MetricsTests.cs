using Koala.Network;
using Koala.Training.Degradation;
using Koala.Training.Metrics;
using static TorchSharp.torch;

namespace Koala.Training.Tests.Metrics;

public sealed class MetricsTests
{
    [Fact]
    public void Luma_BlackAndWhite_AreTheLimits()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(16, Luma.Of(full([1, 3, 2, 2], -1f)).mean().item<double>());
        Assert.Equal(235, Luma.Of(full([1, 3, 2, 2], 1f)).mean().item<double>());
    }

    [Fact]
    public void Psnr_KnownDifference_IsTheFormula()
    {
        using var scope = NewDisposeScope();
        // Ten levels of grey are 219/255·10 = 8.6, from one rounded luma to another: 9 or 8.
        var (a, b) = (full([1, 3, 8, 8], 100 / 127.5f - 1), full([1, 3, 8, 8], 110 / 127.5f - 1));
        var difference = Luma.Of(b).mean().item<double>() - Luma.Of(a).mean().item<double>();
        Assert.InRange(difference, 8, 9);
        Assert.Equal(20 * Math.Log10(255 / difference), Luma.Psnr(a, b), 6);
        Assert.Equal(100, Luma.Psnr(a, a));
    }

    [Fact]
    public void Ssim_EqualAndUnrelated_AreOneAndNearZero()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var a = rand([1, 3, 40, 40], generator: generator) * 2 - 1;
        var b = rand([1, 3, 40, 40], generator: generator) * 2 - 1;
        Assert.Equal(1, Luma.Ssim(a, a), 9);
        Assert.InRange(Luma.Ssim(a, b), -0.1, 0.1);
    }

    [Fact]
    public void Bicubic_LinearRamp_StaysLinearInside()
    {
        using var scope = NewDisposeScope();
        var ramp = arange(16, dtype: ScalarType.Float32).view(1, 1, 1, 16).expand(1, 1, 16, 16);
        var large = Bicubic.Enlarge(ramp, 4);
        for (var x = 12; x < 52; x++)
            Assert.Equal((x + 0.5) / 4 - 0.5, large[0, 0, 30, x].item<float>(), 4);
    }

    [Fact]
    public void KernelError_ShiftedKernel_IsZero()
    {
        var kernel = new DegradationKernel(0.8, 1.1, 0.4).Taps();
        var shifted = new float[400];
        for (var i = 0; i < 400; i++)
            if (i / 20 >= 2 && i % 20 >= 3)
                shifted[i] = kernel[i - 2 * 20 - 3];
        Assert.Equal(0, KernelError.Smallest(shifted, kernel), 6);
        Assert.True(KernelError.Smallest(new DegradationKernel(3, 3, 0).Taps(), kernel) > 0.01);
    }
}
