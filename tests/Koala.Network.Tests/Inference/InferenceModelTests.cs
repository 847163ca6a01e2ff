using static TorchSharp.torch;

namespace Koala.Network.Tests.Inference;

public sealed class InferenceModelTests : IDisposable
{
    private readonly InferenceModel _model = InferenceModel.Load(
        Path.Combine(AppContext.BaseDirectory, "models", "koalanet-x4.safetensors"), CPU);

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 9)]
    [InlineData(30, 21)]
    public void Upscale_AnySize_HasScaledSize(int height, int width)
    {
        using var lr = rand([2, 3, height, width]);
        foreach (var precision in Enum.GetValues<Precision>())
        {
            using var hr = _model.Upscale(lr, precision);
            Assert.Equal([2, 3, 4 * height, 4 * width], hr.shape);
            Assert.Equal(ScalarType.Float32, hr.dtype);
        }
    }

    [Fact]
    public void Upscale_Batch_EqualsOneByOne()
    {
        using var scope = NewDisposeScope();
        var lr = rand([3, 3, 16, 20]) * 2 - 1;
        var together = _model.Upscale(lr, Precision.Fp32);
        for (var i = 0; i < 3; i++)
            Assert.True(allclose(_model.Upscale(lr.narrow(0, i, 1), Precision.Fp32), together.narrow(0, i, 1), atol: 1e-4));
    }

    [Fact]
    public void UpscaleImage_Flat_StaysFlatToTheBorder()
    {
        using var scope = NewDisposeScope();
        var grey = _model.UpscaleImage(full([1, 3, 10, 13], 0.2f), Precision.Fp32);
        Assert.InRange((grey - 0.2).abs().max().item<float>(), 0, 4 / 127.5);
    }

    [Fact]
    public void UpscaleImage_TilesWithTheHalo_EqualTheWhole()
    {
        using var scope = NewDisposeScope();
        var lr = rand([1, 3, 48, 48]);
        var halo = Reflection.Border(_model.Info.HaloLr);
        var whole = _model.UpscaleImage(lr, Precision.Fp32);
        var continued = Reflection.Pad(lr, halo, halo, halo, halo);
        foreach (var (y, x) in ((int, int)[])[(0, 0), (16, 20), (28, 28)])
        {
            var tile = _model.Upscale(continued.narrow(2, y, 20 + 2 * halo).narrow(3, x, 20 + 2 * halo), Precision.Fp32);
            var difference = tile.narrow(2, 4 * halo, 80).narrow(3, 4 * halo, 80) - whole.narrow(2, 4 * y, 80).narrow(3, 4 * x, 80);
            Assert.InRange(difference.abs().max().item<float>() * 127.5, 0, 1);
        }
    }

    [Fact]
    public void UpscaleImage_SidesOffTheGrid_AreContinuedByReflectionToTheirEnd()
    {
        using var scope = NewDisposeScope();
        var lr = rand([1, 3, 22, 30]);
        var halo = Reflection.Border(_model.Info.HaloLr);
        var continued = _model.Upscale(Reflection.Pad(lr, halo, halo + 2, halo, halo + 2), Precision.Fp32);
        var expected = continued.narrow(2, 4 * halo, 88).narrow(3, 4 * halo, 120);
        Assert.True(allclose(_model.UpscaleImage(lr, Precision.Fp32), expected, atol: 1e-4));
    }

    [Fact]
    public void EstimateKernels_OddSize_SumToOne()
    {
        using var scope = NewDisposeScope();
        var kernels = _model.EstimateKernels(rand([1, 3, 7, 10]))!;
        Assert.Equal([1, 400, 7, 10], kernels.shape);
        Assert.True(allclose(kernels.sum(1), ones([1, 7, 10]), atol: 1e-4));
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void UpscaleImageWith_TheKernelItEstimates_EqualsUpscaleImage(Precision precision)
    {
        using var scope = NewDisposeScope();
        // A network that estimates one kernel for the whole image, so that it can be given back to it.
        using var model = Untrained(new KoalaNetOptions(2, UpsamplingVariant.Koala, DownsamplingVariant.Uniform));
        var lr = rand([1, 3, 16, 20]) * 2 - 1;
        var kernel = model.EstimateKernels(lr)!.select(3, 7).select(2, 3).contiguous().data<float>().ToArray();
        var own = model.UpscaleImage(lr, precision);
        Assert.True(allclose(own, model.UpscaleImageWith(lr, kernel, precision), atol: precision == Precision.Fp32 ? 1e-4 : 0.05));
        kernel[0] += 100;
        Assert.False(allclose(own, model.UpscaleImageWith(lr, kernel, precision), atol: 0.05));
    }

    [Fact]
    public void UpscaleImage_NetworkThatHasToBeGivenKernels_Throws()
    {
        using var scope = NewDisposeScope();
        using var model = Untrained(new KoalaNetOptions(2, UpsamplingVariant.GivenKernels));
        var lr = rand([1, 3, 8, 8]);
        Assert.Contains("has to be given them", Assert.Throws<ArgumentException>(() => model.UpscaleImage(lr, Precision.Fp32)).Message, StringComparison.Ordinal);
        Assert.Equal([1, 3, 16, 16], model.UpscaleImageWith(lr, [.. Enumerable.Repeat(1 / 400f, 400)], Precision.Fp32).shape);
    }

    private static InferenceModel Untrained(KoalaNetOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("koala-test-");
        try
        {
            using var network = new KoalaNet(options);
            var path = Path.Combine(folder.FullName, "untrained.safetensors");
            Checkpoint.Save(
                path, network.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter), new CheckpointInfo(options, 3, "0"), ScalarType.Float32);
            return InferenceModel.Load(path, CPU);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("tpu")]
    [InlineData("cuda:x")]
    [InlineData("cuda:99")]
    [InlineData("")]
    public void Parse_UnknownDevice_Throws(string text) =>
        Assert.Throws<ArgumentException>(() => InferenceDevice.Parse(text));
}
