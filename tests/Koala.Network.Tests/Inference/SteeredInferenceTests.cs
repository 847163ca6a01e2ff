using static TorchSharp.torch;

namespace Koala.Network.Tests.Inference;

public sealed class SteeredInferenceTests : IDisposable
{
    private readonly InferenceModel _model = InferenceModel.Load(
        Path.Combine(AppContext.BaseDirectory, "models", "koalanet-x4.safetensors"), CPU);

    private readonly Tensor _lr = nn.functional.avg_pool2d(rand([1, 3, 44, 48]), 3, 1, 1) * 2 - 1;

    public void Dispose()
    {
        _lr.Dispose();
        _model.Dispose();
    }

    [Theory]
    [InlineData(Precision.Fp32, 1e-4)]
    [InlineData(Precision.Bf16, 0.05)]
    public void Infer_EstimatedKernelsUnfolded_EqualsTheFoldedNetwork(Precision precision, double tolerance)
    {
        using var scope = NewDisposeScope();
        var folded = _model.Upscale(_lr, precision);
        var unfolded = _model.Infer(_lr, precision, new InferenceOptions { Rebuilt = true });
        Assert.True(allclose(folded, unfolded.Hr!, atol: tolerance, rtol: tolerance));
        Assert.Equal([1, 3, 44, 48], unfolded.Rebuilt!.shape);
    }

    [Fact]
    public void Infer_BlurMap_EqualsTheMomentsOfTheKernelsAndLeavesThePictureAlone()
    {
        using var scope = NewDisposeScope();
        var result = _model.Infer(_lr, Precision.Fp32, new InferenceOptions { Covariances = true, Kernels = true });
        Assert.True(allclose(_model.Upscale(_lr, Precision.Fp32), result.Hr!, rtol: 0, atol: 0));
        Assert.True(allclose(KernelMoments.Covariances(KernelMoments.Of(result.Kernels!)), result.Covariances!, atol: 0.01, rtol: 0.01));
        var alone = _model.Infer(_lr, Precision.Fp32, new InferenceOptions { Covariances = true, BlurOnly = true });
        Assert.Null(alone.Hr);
        Assert.True(allclose(result.Covariances!, alone.Covariances!));
    }

    [Fact]
    public void Infer_KeepBlur_MixesByTheMask()
    {
        using var scope = NewDisposeScope();
        var result = _model.Infer(_lr, Precision.Fp32, new InferenceOptions { KeepBlur = 0.7f, Covariances = true });
        var plain = _model.Upscale(_lr, Precision.Fp32);
        var expected = BlurKeeping.Mix(plain, _lr, BlurKeeping.Mask(result.Covariances!, 4) * 0.7, 4);
        Assert.True(allclose(expected, result.Hr!, atol: 1e-5));
    }

    [Fact]
    public void Mask_SharpShakenAndOutOfFocus_KeepsTheLastAlone()
    {
        using var scope = NewDisposeScope();
        float[][] covariances = [[1, 1, 0], [16, 1, 0], [8.5f, 8.5f, 7.5f], [10, 10, 0]];
        var masks = covariances.Select(c => BlurKeeping.Mask(tensor(c).view(1, 3, 1, 1).expand(1, 3, 4, 4), 4).mean().item<float>());
        Assert.Equal([0, 0, 0, 1], masks);
    }

    [Fact]
    public void Infer_Tiles_EqualTheWholeWhateverTheOptions()
    {
        using var scope = NewDisposeScope();
        var halo = Reflection.Border(_model.Info.HaloLr);
        var options = new InferenceOptions { KeepBlur = 1, Consistent = 3, Rebuilt = true, Covariances = true };
        var whole = _model.InferImage(_lr, Precision.Fp32, options);
        var continued = Reflection.Pad(_lr, halo, halo, halo, halo);
        var tile = _model.Infer(continued.narrow(2, 16, 20 + 2 * halo).narrow(3, 8, 24 + 2 * halo), Precision.Fp32, options);
        AssertClose(whole.Hr!.narrow(2, 64, 80).narrow(3, 32, 96), tile.Hr!.narrow(2, 4 * halo, 80).narrow(3, 4 * halo, 96), 1.5 / 127.5);
        AssertClose(whole.Rebuilt!.narrow(2, 16, 20).narrow(3, 8, 24), tile.Rebuilt!.narrow(2, halo, 20).narrow(3, halo, 24), 1.5 / 127.5);
        AssertClose(whole.Covariances!.narrow(2, 16, 20).narrow(3, 8, 24), tile.Covariances!.narrow(2, halo, 20).narrow(3, halo, 24), 0.1);

        static void AssertClose(Tensor a, Tensor b, double limit) => Assert.InRange((a - b).abs().max().item<float>(), 0, limit);
    }

    [Fact]
    public void Infer_Consistent_RebuildsTheImageBetter()
    {
        using var scope = NewDisposeScope();
        var (none, one, three) = (Error(0), Error(1), Error(3));
        Assert.True(one < none && three < one, $"{none}, {one}, {three}");

        double Error(int steps) => (_model.InferImage(_lr, Precision.Fp32, new InferenceOptions { Consistent = steps, Rebuilt = true }).Rebuilt! - _lr)
            .square().mean().item<float>();
    }

    [Fact]
    public void Infer_NetworkWithoutKernels_TakesNoOptions()
    {
        var folder = Directory.CreateTempSubdirectory("koala-test-").FullName;
        try
        {
            var path = Path.Combine(folder, "baseline.safetensors");
            using (var network = new KoalaNet(new KoalaNetOptions(4, UpsamplingVariant.Baseline)))
                Checkpoint.Save(
                    path, network.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter),
                    new CheckpointInfo(network.Options, 2, "0"), ScalarType.Float32);
            using var baseline = InferenceModel.Load(path, CPU);
            Assert.False(baseline.EstimatesKernels);
            foreach (var options in (InferenceOptions[])[new() { KeepBlur = 1 }, new() { Rebuilt = true }, new() { Kernel = new float[400] }])
                Assert.Throws<ArgumentException>(() => baseline.Infer(_lr, Precision.Fp32, options));
            Assert.Null(baseline.EstimateKernels(_lr));
            using var plain = baseline.Upscale(_lr, Precision.Fp32);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
