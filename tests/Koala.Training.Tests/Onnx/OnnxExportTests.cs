using Koala.Network;
using Koala.Training.Onnx;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Koala.Training.Tests.Onnx;

public sealed class OnnxExportTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(2, true)]
    [InlineData(4, true)]
    public void Write_ReleasedModel_InAnotherRuntimeGivesTheSamePicture(int scale, bool tile)
    {
        using var folder = new TestFolder();
        var (weights, file) = (Released(scale), folder.Sub("model.onnx"));
        using var model = InferenceModel.Load(weights, CPU);
        Export(weights, file, tile);
        using var session = new InferenceSession(file);
        // Sides that are multiples of the network's alignment, and a picture narrower than its border, whose sides are not.
        foreach (var (height, width) in ((int, int)[])[(24, 32), (13, 6)])
        {
            using var scope = NewDisposeScope();
            var lr = Picture(height, width);
            var expected = tile ? model.Upscale(lr, Precision.Fp32) : model.UpscaleImage(lr, Precision.Fp32);
            Assert.InRange((Run(session, lr) - expected).abs().max().item<float>(), 0f, 1e-3f);
        }
    }

    [Fact]
    public void Write_AnExistingFile_IsReplacedAndNothingElseIsLeft()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.Sub("model.onnx"), "old");
        Export(Released(2), folder.Sub("model.onnx"), tile: true);
        Assert.Equal([folder.Sub("model.onnx")], Directory.GetFiles(folder.Path));
        using var session = new InferenceSession(folder.Sub("model.onnx"));
        Assert.Equal("2", session.ModelMetadata.CustomMetadataMap["scale"]);
        Assert.Equal([-1, 3, -1, -1], session.InputMetadata["lr"].Dimensions);
    }

    [Fact]
    public void Write_AVariantOfThePapersTables_ThrowsAndWritesNothing()
    {
        using var folder = new TestFolder();
        var options = new KoalaNetOptions(2, UpsamplingVariant.Baseline);
        using var network = new KoalaNet(options);
        Assert.Throws<ArgumentException>(() => OnnxExport.Write(network, new CheckpointInfo(options), folder.Sub("model.onnx")));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static string Released(int scale) => Path.Combine(AppContext.BaseDirectory, "models", $"koalanet-x{scale}.safetensors");

    private static void Export(string weights, string file, bool tile)
    {
        var (network, info) = Checkpoint.Load(weights);
        using (network)
            OnnxExport.Write(network, info, file, tile);
    }

    private static Tensor Picture(int height, int width)
    {
        using var generator = new Generator(7);
        return rand([1, 3, height, width], generator: generator) * 2 - 1;
    }

    private static Tensor Run(InferenceSession session, Tensor lr)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(lr.data<float>().ToArray(), lr.shape);
        using var options = new RunOptions();
        using var results = session.Run(options, ["lr"], [input], ["hr"]);
        return tensor(results[0].GetTensorDataAsSpan<float>().ToArray()).view(results[0].GetTensorTypeAndShape().Shape);
    }
}
