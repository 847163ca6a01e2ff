using static TorchSharp.torch;

namespace Koala.Network.Tests.Inference;

public sealed class FoldedNetworkTests
{
    [Theory]
    [InlineData(DownsamplingVariant.ResUNet, 16, 20)]
    [InlineData(DownsamplingVariant.ResUNet, 4, 4)]
    [InlineData(DownsamplingVariant.ResNet, 8, 12)]
    [InlineData(DownsamplingVariant.Uniform, 8, 12)]
    [InlineData(DownsamplingVariant.NoNormalisation, 8, 12)]
    public void Forward_AnyVariant_EqualsTheNetworkToTheBorder(DownsamplingVariant variant, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var network = new KoalaNet(new KoalaNetOptions(4, UpsamplingVariant.Koala, variant));
        using var folded = new FoldedNetwork(network, network);
        using var _ = no_grad();
        var lr = rand([2, 3, height, width]) * 2 - 1;
        Assert.InRange((folded.Forward(lr) - network.forward(lr)).abs().max().item<float>(), 0, 1e-4);
    }

    [Fact]
    public void Upscale_TrainedWeights_EqualsTheUnfoldedNetwork()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "models", "koalanet-x4.safetensors");
        using var scope = NewDisposeScope();
        using var network = Checkpoint.Load(path).Network;
        using var model = InferenceModel.Load(path, CPU);
        using var _ = no_grad();
        var lr = rand([1, 3, 20, 28]) * 2 - 1;
        Assert.InRange((model.Upscale(lr, Precision.Fp32) - network.forward(lr)).abs().max().item<float>(), 0, 2e-4);
    }
}
