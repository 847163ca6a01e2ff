using static TorchSharp.torch;

namespace Koala.Network.Tests;

/// <summary>The network against outputs of an independent implementation in float64.</summary>
public sealed class GoldenOutputTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Forward_FormulaWeights_EqualsReference(int scale)
    {
        using var scope = NewDisposeScope();
        using var network = new KoalaNet(new KoalaNetOptions(scale));
        FormulaWeights.Fill(network);
        AssertEqualsReference(network, $"formula-x{scale}");
    }

    [Fact]
    public void Forward_TrainedWeights_EqualsReference()
    {
        Assert.SkipUnless(File.Exists(BootstrapPath), NoBootstrap);
        using var scope = NewDisposeScope();
        using var network = Checkpoint.Load(BootstrapPath).Network;
        AssertEqualsReference(network, "bootstrap-x4");
    }

    [Theory]
    [InlineData("formula-x2")]
    [InlineData("formula-x4")]
    [InlineData("bootstrap-x4")]
    public void Forward_Bf16_IsCloseToFp32(string golden)
    {
        var formula = golden.StartsWith("formula", StringComparison.Ordinal);
        Assert.SkipUnless(formula || File.Exists(BootstrapPath), NoBootstrap);
        using var scope = NewDisposeScope();
        using var file = new SafetensorsReader(GoldenPath(golden));
        using var network = formula ? new KoalaNet(new KoalaNetOptions(golden[^1] - '0')) : Checkpoint.Load(BootstrapPath).Network;
        if (formula)
            FormulaWeights.Fill(network);
        using var _ = no_grad();
        var bf16 = network.forward(file.Read("input").to_type(ScalarType.BFloat16));
        var expected = file.Read("output");
        // The peak of [-1, 1] is 2.
        var psnr = 10 * Math.Log10(4 / (bf16 - expected).square().mean().item<float>());
        Assert.True(psnr > 45, $"PSNR {psnr:0.0} dB");
    }

    private const string NoBootstrap = "needs bootstrap/koalanet-x4.safetensors in the folder that KOALA_TEST_DATA names";

    // Weights that were trained for an hour and come with a reference's output; they are no part of the project.
    private static string BootstrapPath => Path.Combine(
        Environment.GetEnvironmentVariable("KOALA_TEST_DATA") ?? "", "bootstrap", "koalanet-x4.safetensors");

    private static string GoldenPath(string name) => Path.Combine(AppContext.BaseDirectory, "golden", name + ".safetensors");

    private static void AssertEqualsReference(KoalaNet network, string golden)
    {
        using var file = new SafetensorsReader(GoldenPath(golden));
        using var _ = no_grad();
        var input = file.Read("input");
        var kernels = network.Downsampling!.forward(input);
        AssertClose(file.Read("degradation_kernels"), kernels, 2e-5);
        AssertClose(file.Read("koala4_filters"), network.Upsampling.LocalFilters(kernels, 4), 2e-4);
        AssertClose(file.Read("output"), network.forward(input), 2e-4);
        // Folded, and with fast convolutions where the processor has them.
        using var folded = new FoldedNetwork(network, network);
        AssertClose(file.Read("output"), folded.Forward(input, ImagePart.Whole(input)), 2e-4);
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        var difference = (expected - actual).abs().max().item<float>();
        Assert.True(difference < tolerance, $"largest difference {difference}, allowed {tolerance}");
    }
}
