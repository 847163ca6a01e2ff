using Koala.Network;
using Koala.Training.Evaluation;

namespace Koala.Training.Tests.Evaluation;

/// <summary>What is claimed of the released ×4 weights, with margins: <c>koala-train blur</c> prints the figures.</summary>
public sealed class BlurMeasurementTests : IDisposable
{
    private readonly InferenceModel _model = InferenceModel.Load(
        Path.Combine(AppContext.BaseDirectory, "models", "koalanet-x4.safetensors"), TorchSharp.torch.CPU);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Gradient_EstimatedSigma_FollowsTheTrueOne()
    {
        var gradient = new BlurMapMeasurement(_model).Gradient();
        Assert.InRange(gradient.MeanError, 0, 0.8);
        Assert.InRange(gradient.Correlation, 0.6, 1);
        Assert.All(gradient.Columns.Zip(gradient.Columns.Skip(1)), pair => Assert.True(pair.Second.Estimated > pair.First.Estimated - 0.1));
    }

    [Fact]
    public void Disc_SharpOnBlurredGround_IsToldFromIt()
    {
        var disc = new BlurMapMeasurement(_model).Disc();
        Assert.True(disc.Outside > disc.Inside + 2, disc.ToString());
        Assert.InRange(disc.Auc, 0.98, 1);
    }

    [Fact]
    public void Motion_FourDirections_AreFound()
    {
        var motion = new BlurMapMeasurement(_model).Motion();
        Assert.InRange(motion.AngleError, 0, 25);
        Assert.True(motion.SigmaMajor > 1.3 * motion.SigmaMinor, motion.ToString());
    }

    [Fact]
    public void Widths_WiderKernels_SharpenUpToTheEstimatedWidth()
    {
        var widths = new SteeringMeasurement(_model).Widths(0.5, 0.7, 1);
        Assert.All(widths.Zip(widths.Skip(1)), pair => Assert.True(pair.Second.Sharpness > pair.First.Sharpness, string.Join(", ", widths)));
        Assert.True(widths[2].Sharpness > 1.03 * widths[0].Sharpness, string.Join(", ", widths));
    }

    [Fact]
    public void Consistent_Steps_ExplainTheImageBetter()
    {
        var steps = new SteeringMeasurement(_model).Consistent(0, 1, 3);
        Assert.True(steps[1].Lr > steps[0].Lr && steps[2].Lr > steps[1].Lr, string.Join(", ", steps));
    }

    [Fact]
    public void Kernels_TrueOnes_PassTheSelfCheckBetterThanWrongOnes()
    {
        var kernels = new SteeringMeasurement(_model).Kernels(6);
        Assert.True(kernels.Estimated > kernels.Bicubic && kernels.Given > kernels.Bicubic, kernels.ToString());
        Assert.InRange(kernels.SelfCheckPairs, 0.8, 1);
    }

    [Fact]
    public void Bokeh_KeptBlur_LeavesTheSubjectToTheNetwork()
    {
        var bokeh = new SteeringMeasurement(_model).Bokeh();
        Assert.True(bokeh.Kept.Subject > bokeh.Bicubic.Subject, bokeh.ToString());
        Assert.True(bokeh.Kept.Ground > bokeh.Network.Ground - 0.05, bokeh.ToString());
    }

    [Fact]
    public void Draw_SameSeed_IsTheSamePicture()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var leaves = DeadLeaves.Draw(40, 30, 5);
        Assert.Equal([1, 3, 40, 30], leaves.shape);
        Assert.True(TorchSharp.torch.allclose(leaves, DeadLeaves.Draw(40, 30, 5)));
        Assert.InRange(leaves.std().item<float>(), 0.2, 0.8);
    }
}
