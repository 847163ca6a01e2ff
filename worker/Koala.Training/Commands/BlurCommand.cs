using System.CommandLine;
using System.Globalization;
using Koala.Network;
using Koala.Training.Evaluation;

namespace Koala.Training.Commands;

/// <summary><c>koala-train blur</c>: what weights know of the blur, and what steering them by it is worth.</summary>
internal static class BlurCommand
{
    public static Command Create()
    {
        var model = new Argument<FileInfo>("model") { Description = "Weights." };
        model.AcceptExistingOnly();
        var pictures = new Option<int>("--pictures") { Description = "Pictures with random kernels.", DefaultValueFactory = _ => 20 };
        var command = new Command("blur", "Measures estimated blur and steering on made pictures whose blur is known.") { model, pictures };
        command.SetAction((result, cancellation) =>
        {
            using var loaded = InferenceModel.Load(result.GetValue(model)!.FullName, TorchSharp.torch.CPU);
            if (!loaded.EstimatesKernels)
                throw new InvalidDataException($"{result.GetValue(model)}: these weights estimate no blur");
            foreach (var line in Lines(loaded, result.GetValue(pictures)))
            {
                cancellation.ThrowIfCancellationRequested();
                Console.WriteLine(line);
            }

            return Task.FromResult(0);
        });
        return command;
    }

    private static IEnumerable<string> Lines(InferenceModel model, int pictures)
    {
        var (map, steering) = (new BlurMapMeasurement(model), new SteeringMeasurement(model));
        var gradient = map.Gradient();
        yield return Line($"gradient of σ 0.5 to 4: mean error {gradient.MeanError:0.00}, correlation {gradient.Correlation:0.00}");
        yield return string.Join(", ", gradient.Columns.Select(c => Line($"  {c.True:0.0} taken for {c.Estimated:0.0}")));
        var disc = map.Disc();
        yield return Line($"sharp disc (σ 0.7) on blurred ground (3.6): {disc.Inside:0.0} and {disc.Outside:0.0}, AUC {disc.Auc:0.000}");
        var motion = map.Motion();
        yield return Line($"motion (σ 3.5 × 0.7): {motion.SigmaMajor:0.0} × {motion.SigmaMinor:0.0}, median error of the direction {motion.AngleError:0}° (45° by chance)");
        var kernels = steering.Kernels(pictures);
        yield return Line($"PSNR: bicubic {kernels.Bicubic:0.00}, estimated kernels {kernels.Estimated:0.00}, true kernels given {kernels.Given:0.00} dB");
        yield return Line($"self-check, true against wrong kernels: AUC {kernels.SelfCheckAuc:0.000}, within a picture {kernels.SelfCheckPairs:0%}");
        yield return "sharpness by --kernel-scale: " + string.Join(", ", steering.Widths(0.5, 0.7, 1, 1.4, 2).Select(w => Line($"{w.KernelScale}: {1000 * w.Sharpness:0.00}")));
        yield return "by --consistent: " + string.Join(", ", steering.Consistent(0, 1, 3, 5).Select(c => Line($"{c.Steps}: picture {c.Hr:0.00}, rebuilt LR {c.Lr:0.0} dB")));
        var bokeh = steering.Bokeh();
        yield return Line($"bokeh, subject / ground: network {bokeh.Network.Subject:0.00} / {bokeh.Network.Ground:0.00}, --keep-blur 1 {bokeh.Kept.Subject:0.00} / {bokeh.Kept.Ground:0.00}, bicubic {bokeh.Bicubic.Subject:0.00} / {bokeh.Bicubic.Ground:0.00} dB");
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
