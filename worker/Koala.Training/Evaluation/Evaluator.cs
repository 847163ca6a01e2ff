using System.Diagnostics;
using Koala.Network;
using Koala.Training.Degradation;
using Koala.Training.Metrics;
using static TorchSharp.torch;

namespace Koala.Training.Evaluation;

/// <summary>Measures a model on a test set, as the paper's Tables 1, 3 and 4 do.</summary>
public sealed class Evaluator(InferenceModel model, Precision precision)
{
    /// <summary>Enlarges an image of the set, → (1, 3, sH, sW) in [-1, 1]; another path than the bare network can take its place.</summary>
    public Func<TestImage, Tensor> Enlarge { get; init; } = image => model.UpscaleImage(image.Lr, precision);

    /// <summary>Enlarges with the true kernel in place of the estimated ones (paper, Table 2).</summary>
    public Tensor WithTrueKernel(TestImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return model.UpscaleImageWith(image.Lr, image.Kernel.Taps(), precision);
    }

    /// <summary>Measures all images.</summary>
    /// <param name="set">The images.</param>
    /// <param name="each">Gets every score with the model's image (1, 3, sH, sW) in [-1, 1], which is valid during the call.</param>
    /// <param name="cancellation">Stops between images.</param>
    public EvaluationReport Run(TestSet set, Action<ImageScore, Tensor>? each = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        var scores = new List<ImageScore>();
        // The first call prepares weights and code, which is no part of an image's time.
        using (var first = set[0])
            Enlarge(first).Dispose();
        for (var i = 0; i < set.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var image = set[i];
            using var scope = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            var result = Enlarge(image);
            scores.Add(Score(image, result, clock.Elapsed.TotalSeconds));
            each?.Invoke(scores[^1], result);
        }

        return new EvaluationReport(model.Info.Options.Scale, model.Name, scores, ImageScore.Mean(scores));
    }

    private ImageScore Score(TestImage image, Tensor result, double seconds)
    {
        var bicubic = Bicubic.Enlarge(image.Lr, model.Info.Options.Scale);
        var megapixels = image.Lr.shape[2] * image.Lr.shape[3] / 1e6;
        var score = new ImageScore(
            image.Name, Luma.Psnr(result, image.Hr), Luma.Ssim(result, image.Hr), Luma.Psnr(bicubic, image.Hr), Luma.Ssim(bicubic, image.Hr),
            null, null, null, seconds / megapixels);
        if (model.EstimateKernels(image.Lr) is not { } kernels)
            return score;
        var rebuilt = Degrader.Rebuild(image.Hr, kernels, model.Info.Options.Scale);
        return score with
        {
            KernelL2 = KernelError.Smallest(kernels.mean([2, 3]).data<float>().ToArray(), image.Kernel.Taps()),
            LrPsnr = Luma.Psnr(rebuilt, image.Lr),
            LrSsim = Math.Min(image.Lr.shape[2], image.Lr.shape[3]) < Luma.WindowSide ? null : Luma.Ssim(rebuilt, image.Lr),
        };
    }
}
