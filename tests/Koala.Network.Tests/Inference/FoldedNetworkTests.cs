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
        var whole = network.forward(lr);
        Assert.InRange((folded.Forward(lr, ImagePart.Whole(lr)) - whole).abs().max().item<float>(), 0, 1e-4);
        var part = new ImagePart(1, 2, height - 3, 2);
        Assert.InRange((folded.Forward(lr, part) - part.Of(whole, 4)).abs().max().item<float>(), 0, 1e-4);
    }

    [Theory]
    [InlineData(2, Precision.Fp32)]
    [InlineData(4, Precision.Fp32)]
    [InlineData(4, Precision.Bf16)]
    public void Infer_PartOfAnImage_EqualsThatOfTheWhole(int scale, Precision precision)
    {
        using var scope = NewDisposeScope();
        using var model = InferenceModel.Load(Path.Combine(AppContext.BaseDirectory, "models", $"koalanet-x{scale}.safetensors"), CPU);
        var lr = rand([2, 3, 61, 72]) * 2 - 1;
        var whole = model.Upscale(lr, precision);
        foreach (var part in (ImagePart[])[new(28, 28, 5, 16), new(0, 30, 20, 42), new(60, 0, 1, 1)])
        {
            var hr = model.Infer(lr, precision, InferenceOptions.Plain, part: part).Hr!;
            Assert.Equal([2, 3, scale * part.Height, scale * part.Width], hr.shape);
            // Sums may be taken in another order.
            Assert.InRange((hr - part.Of(whole, scale)).abs().max().item<float>(), 0, precision == Precision.Fp32 ? 1e-4 : 2 / 127.5);
        }
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
