using Koala.Network;
using Koala.Training.Data;
using Koala.Training.Degradation;
using Koala.Training.Stages;
using static TorchSharp.torch;

namespace Koala.Training.Tests.Stages;

[Collection(nameof(TrainerTests))]
public sealed class StageLossTests
{
    [Fact]
    public void Of_StageOne_IsRebuiltImageAndKernelsAsWeighted()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(11);
        var network = new KoalaNet(new KoalaNetOptions(4));
        var hr = rand([2, 3, 64, 64], generator: generator) * 2 - 1;
        var taps = stack([tensor(new DegradationKernel(1, 3, 0.4).Taps()), tensor(new DegradationKernel(0.3, 2, 1.2).Taps())]);
        var batch = new Batch(hr, Degrader.Degrade(hr, taps, 4), taps.view(2, 400, 1, 1).expand(-1, -1, 16, 16));

        var kernels = network.Downsampling!.forward(batch.Lr);
        var rebuilt = (Degrader.Rebuild(hr, kernels, 4) - batch.Lr).abs().mean().item<float>();
        var mean = (kernels.mean([2, 3]) - taps).abs().mean().item<float>();
        var each = (kernels - taps.view(2, 400, 1, 1)).abs().mean().item<float>();
        Assert.Equal(rebuilt + mean, StageLoss.Of(network, batch, 1, Precision.Fp32).item<float>(), 1e-5f);
        Assert.Equal(rebuilt + 25 * mean + 20 * each, StageLoss.Of(network, batch, 1, Precision.Fp32, 25, 20).item<float>(), 1e-5f);
    }

    [Fact]
    public void Of_StageTwo_IsTheDistanceThatWasChosen()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(12);
        var network = new KoalaNet(new KoalaNetOptions(2));
        var hr = rand([2, 3, 32, 32], generator: generator) * 2 - 1;
        var lr = rand([2, 3, 16, 16], generator: generator) * 2 - 1;
        var batch = new Batch(hr, lr, zeros(2, 400, 16, 16));

        var difference = (network.Upsampling.forward(lr, null) - hr).flatten(1);
        Assert.Equal(difference.abs().mean().item<float>(), StageLoss.Of(network, batch, 2, Precision.Fp32).item<float>(), 1e-5f);
        var ofEach = difference.square().mean([1]).sqrt();
        Assert.Equal(ofEach.mean().item<float>(), StageLoss.Of(network, batch, 2, Precision.Fp32, hrDistance: Distance.Rms).item<float>(), 1e-4f);
    }

    [Fact]
    public void Of_PatchOfOneColourThatIsMet_HasAFiniteSlope()
    {
        using var scope = NewDisposeScope();
        using var network = new KoalaNet(new KoalaNetOptions(2, UpsamplingVariant.Baseline));
        using (no_grad())
            foreach (var parameter in network.parameters())
                parameter.zero_();
        var batch = new Batch(zeros(1, 3, 32, 32), zeros(1, 3, 16, 16), zeros(1, 400, 16, 16));
        StageLoss.Of(network, batch, 2, Precision.Fp32, hrDistance: Distance.Rms).backward();
        Assert.All(network.parameters(), parameter => Assert.True(parameter.grad is null || parameter.grad.isfinite().all().item<bool>()));
    }
}
