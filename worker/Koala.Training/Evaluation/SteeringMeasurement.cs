using Koala.Network;
using Koala.Training.Degradation;
using static TorchSharp.torch;

namespace Koala.Training.Evaluation;

/// <summary>What steering the network is worth where the truth is known: on <see cref="DeadLeaves"/>.</summary>
public sealed class SteeringMeasurement(InferenceModel model)
{
    private const int Side = 72;
    private const int BokehSide = 96;
    // Of the subject in the bokeh picture, in LR pixels.
    private const int SubjectRadius = 26;

    private readonly int _scale = model.Info.Options.Scale;

    /// <summary>Pictures with kernels of all widths: true kernels against estimated and deliberately wrong ones.</summary>
    /// <param name="pictures">How many.</param>
    public KernelEffects Kernels(int pictures)
    {
        var random = new Random(7);
        var (estimated, given, bicubic) = (0.0, 0.0, 0.0);
        var (right, wrong) = (new List<double>(), new List<double>());
        for (var i = 0; i < pictures; i++)
        {
            using var scope = NewDisposeScope();
            var kernel = DegradationKernel.Random(random);
            var hr = DeadLeaves.Draw(_scale * Side, _scale * Side, 100 + i);
            var lr = Degrade(hr, kernel);
            estimated += Psnr(model.UpscaleImage(lr, Precision.Fp32), hr) / pictures;
            bicubic += Psnr(Bicubic.Enlarge(lr, _scale), hr) / pictures;
            var truth = With(lr, kernel);
            given += Psnr(truth.Hr!, hr) / pictures;
            right.Add(Psnr(truth.Rebuilt!, lr));
            var other = kernel;
            while (Math.Abs(Math.Log(other.Sigma1 * other.Sigma2 / (kernel.Sigma1 * kernel.Sigma2))) < 1)
                other = DegradationKernel.Random(random);
            wrong.Add(Psnr(With(lr, other).Rebuilt!, lr));
        }

        return new KernelEffects(bicubic, estimated, given, BlurMapMeasurement.Auc(right, wrong), right.Zip(wrong, (r, w) => r > w ? 1.0 : 0).Average());
    }

    /// <summary>Mean square of the differences between neighbours, the estimated kernels taken for so many times as wide.</summary>
    public IReadOnlyList<(double KernelScale, double Sharpness)> Widths(params double[] kernelScales)
    {
        using var scope = NewDisposeScope();
        var lr = Degrade(DeadLeaves.Draw(_scale * Side, _scale * Side, 50), new DegradationKernel(1.8, 1.8, 0));
        return [.. kernelScales.Select(factor => (factor, Sharpness(model.InferImage(lr, Precision.Fp32, new InferenceOptions { KernelScale = (float)factor }).Hr!)))];
    }

    /// <summary>Steps of back-projection: Y-PSNR of the picture, and PSNR of the LR image that it explains.</summary>
    public IReadOnlyList<(int Steps, double Hr, double Lr)> Consistent(params int[] steps)
    {
        using var scope = NewDisposeScope();
        var hr = DeadLeaves.Draw(_scale * Side, _scale * Side, 60);
        var lr = Degrade(hr, new DegradationKernel(2.2, 1.4, 0.5));
        return [.. steps.Select(n =>
        {
            var result = model.InferImage(lr, Precision.Fp32, new InferenceOptions { Consistent = n, Rebuilt = true });
            return (n, Psnr(result.Hr!, hr), Psnr(result.Rebuilt!, lr));
        })];
    }

    /// <summary>A sharp subject before ground that the lens has put out of focus (σ 5 in HR pixels), reduced.</summary>
    public BokehEffects Bokeh()
    {
        using var scope = NewDisposeScope();
        var side = _scale * BokehSide;
        var ground = Blurred(DeadLeaves.Draw(side, side, 4), 5);
        var axis = tensor([.. Enumerable.Range(0, side).Select(i => i - (side - 1) / 2f)]);
        var radius = axis.view(1, 1, -1, 1).Squared().Plus(axis.view(1, 1, 1, -1).Squared()).sqrt().Over(_scale);
        var subject = radius.IsLess(SubjectRadius).to_type(ScalarType.Float32);
        var hr = (DeadLeaves.Draw(side, side, 3) * subject).Plus(ground * subject.Times(-1).Plus(1));
        var lr = Degrade(hr, new DegradationKernel(1.2, 1.2, 0));
        var (inside, outside) = (radius.IsLess(SubjectRadius - 2), radius.IsLess(SubjectRadius + 4).logical_not());
        var network = model.UpscaleImage(lr, Precision.Fp32);
        var kept = model.InferImage(lr, Precision.Fp32, new InferenceOptions { KeepBlur = 1 }).Hr!;
        var bicubic = Bicubic.Enlarge(lr, _scale);
        return new BokehEffects(Region(network), Region(kept), Region(bicubic));

        (double Subject, double Ground) Region(Tensor image) => (Masked(image, inside), Masked(image, outside));

        double Masked(Tensor image, Tensor where) =>
            -10 * Math.Log10((image.Between(-1, 1) - hr).Over(2).Squared().mean([1], keepdim: true).masked_select(where).mean().item<float>());
    }

    private InferenceResult With(Tensor lr, DegradationKernel kernel) =>
        model.InferImage(lr, Precision.Fp32, new InferenceOptions { Kernel = kernel.Taps(), Rebuilt = true });

    private Tensor Degrade(Tensor hr, DegradationKernel kernel) => Degrader.Degrade(hr, tensor(kernel.Taps()).view(1, -1), _scale);

    private static Tensor Blurred(Tensor image, double sigma)
    {
        var reach = (int)Math.Ceiling(3 * sigma);
        double[] taps = [.. Enumerable.Range(-reach, 2 * reach + 1).Select(i => Math.Exp(-0.5 * i * i / (sigma * sigma)))];
        var kernel = tensor(taps.Select(tap => (float)(tap / taps.Sum())).ToArray());
        var colours = Reflection.Pad(image, reach, reach, reach, reach).transpose(0, 1);
        return nn.functional.conv2d(nn.functional.conv2d(colours, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1)).transpose(0, 1);
    }

    private static double Sharpness(Tensor image) =>
        image.diff(dim: 2).Squared().mean().Plus(image.diff(dim: 3).Squared().mean()).item<float>();

    private static double Psnr(Tensor image, Tensor truth) => -10 * Math.Log10((image.Between(-1, 1) - truth).Over(2).Squared().mean().item<float>());
}

/// <summary>What kernels are worth, in dB of PSNR over R, G and B.</summary>
/// <param name="Bicubic">Bicubic enlargement.</param>
/// <param name="Estimated">The network with the kernels that it estimates.</param>
/// <param name="Given">The same weights with the true kernels.</param>
/// <param name="SelfCheckAuc">How well the self-check's score tells results of true kernels from those of wrong ones, over all pictures.</param>
/// <param name="SelfCheckPairs">Share of pictures in which the true kernel has the better score.</param>
public sealed record KernelEffects(double Bicubic, double Estimated, double Given, double SelfCheckAuc, double SelfCheckPairs);

/// <summary>PSNR in dB of the subject and of the ground, which is out of focus on purpose.</summary>
/// <param name="Network">The network as it is.</param>
/// <param name="Kept">With all of the blur kept.</param>
/// <param name="Bicubic">Bicubic enlargement of everything.</param>
public sealed record BokehEffects(
    (double Subject, double Ground) Network, (double Subject, double Ground) Kept, (double Subject, double Ground) Bicubic);
