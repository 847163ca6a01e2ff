using Koala.Network;
using Koala.Training.Evaluation;

namespace Koala.Training.Tests.Evaluation;

public sealed class EvaluatorTests
{
    [Fact]
    public void Run_TheReleasedModel_BeatsBicubicAndFindsTheKernels()
    {
        using var folder = new TestFolder();
        var photographs = folder.Photographs(2, 128);
        using var model = InferenceModel.Load(Path.Combine(AppContext.BaseDirectory, "models", "koalanet-x4.safetensors"), TorchSharp.torch.CPU);
        var seen = new List<string>();
        var report = new Evaluator(model, Precision.Fp32).Run(new TestSet(photographs, null, 4), (score, _) => seen.Add(score.Name));
        Assert.Equal(["00.png", "01.png"], seen);
        Assert.Equal(report.Images.Average(i => i.Psnr), report.Mean.Psnr, 9);
        Assert.True(report.Mean.Psnr > report.Mean.BicubicPsnr, $"{report.Mean}");
        Assert.NotNull(report.Mean.KernelL2);
        Assert.InRange(report.Mean.LrPsnr!.Value, 25, 100);
    }

    [Fact]
    public void TestSet_EmptyFolder_Throws()
    {
        using var folder = new TestFolder();
        Assert.Throws<InvalidDataException>(() => new TestSet(folder.Path, null, 4));
    }
}
