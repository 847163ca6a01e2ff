using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Koala.Client;
using Koala.Network;
using Koala.Training.Data;
using Koala.Training.Evaluation;

namespace Koala.Training.Commands;

/// <summary><c>koala-train evaluate</c>: Y-PSNR, SSIM, kernel error and LR reconstruction on a folder of HR images.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var hr = new Option<DirectoryInfo>("--hr") { Description = "Folder of HR images.", Required = true };
        hr.AcceptExistingOnly();
        var scale = new Option<int>("--scale") { Description = "2 or 4.", DefaultValueFactory = _ => 4 };
        scale.AcceptOnlyFromAmong("2", "4");
        var kernels = new Option<FileInfo?>("--kernels") { Description = "Table of kernels (image, sigma1, sigma2, theta); default: the one that comes with the program." };
        var model = new Option<FileInfo?>("--model") { Description = "Weights; default: those of the worker's models folder for the scale." };
        var report = new Option<FileInfo?>("--json") { Description = "Writes the measures to this file." };
        var save = new Option<DirectoryInfo?>("--save") { Description = "Writes the enlarged images to this folder." };
        var worker = new Option<string?>("--worker") { Description = "Enlarges through the worker at this address ('default' for the user's own) instead of the bare network; it has to run and to have the model under the same name." };
        var trueKernels = new Option<bool>("--true-kernels") { Description = "Gives the network the true kernels instead of its own estimates (the paper's \"KOALA + GT kernel\")." };
        var precision = CommonOptions.Precision();
        var command = new Command("evaluate", "Measures a model on images whose LR versions are made by known kernels.") { hr, scale, kernels, model, report, save, worker, trueKernels, precision };
        command.SetAction((result, cancellation) =>
        {
            using var loaded = InferenceModel.Load(
                CommonOptions.ModelPath(result.GetValue(model), result.GetValue(scale)), TorchSharp.torch.CPU);
            if (loaded.Info.Options.Scale != result.GetValue(scale))
                throw new InvalidDataException($"{loaded.Name} is for scale {loaded.Info.Options.Scale}, not {result.GetValue(scale)}");
            if (loaded.Info.Stage < 3 && loaded.Info.Options.Upsampling != UpsamplingVariant.Baseline)
                Console.Error.WriteLine($"{loaded.Name} is of stage {loaded.Info.Stage} of 3: not a finished model, and its PSNR and SSIM are not those of one.");
            var set = new TestSet(result.GetValue(hr)!.FullName, result.GetValue(kernels)?.FullName, result.GetValue(scale));
            var outputs = result.GetValue(save) is { } folder ? set.OutputsIn(folder.FullName) : null;
            var json = result.GetValue(report);
            json?.Directory?.Create();
            Console.WriteLine("image                      PSNR    SSIM   bicubic  SSIM    kernel l2  LR PSNR  s/MP");
            var arithmetic = CommonOptions.PrecisionOf(result.GetValue(precision)!);
            var evaluator = new Evaluator(loaded, arithmetic);
            EvaluationReport? bare = null;
            if (result.GetValue(worker) is { } address)
            {
                var client = new KoalaClient(address == "default" ? WorkerAddress.Default : WorkerAddress.Parse(address));
                var path = new WorkerPath(client, loaded.Info.Options.Scale, loaded.Name, arithmetic);
                evaluator = new Evaluator(loaded, arithmetic) { Enlarge = image => path.Enlarge(image.Lr) };
                bare = new Evaluator(loaded, arithmetic).Run(set, cancellation: cancellation);
            }
            else if (result.GetValue(trueKernels))
            {
                evaluator = new Evaluator(loaded, arithmetic) { Enlarge = evaluator.WithTrueKernel };
            }

            var done = 0;
            var scores = evaluator.Run(
                set,
                (score, image) =>
                {
                    Print(score);
                    if (outputs?[done++] is not { } output)
                        return;
                    Directory.CreateDirectory(Path.GetDirectoryName(output)!);
                    Photograph.Write(image, output);
                },
                cancellation);
            Print(scores.Mean);
            if (json is not null)
                File.WriteAllText(json.FullName, JsonSerializer.Serialize(scores, JsonSerializerOptions.Web) + "\n");
            return Task.FromResult(bare is null || Agrees(scores, bare) ? 0 : 1);
        });
        command.Validators.Add(r =>
        {
            if (r.GetValue(worker) is not null && r.GetValue(trueKernels))
                r.AddError("--true-kernels is of the bare network: leave --worker out");
        });
        return command;
    }

    // Tiles and batches change last bits of bf16.
    private static bool Agrees(EvaluationReport worker, EvaluationReport bare)
    {
        var largest = worker.Images.Zip(bare.Images).Max(pair => Math.Abs(pair.First.Psnr - pair.Second.Psnr));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"bare network: {bare.Mean.Psnr:0.00} dB; largest difference of an image {largest:0.000} dB ({(largest < 0.05 ? "they agree" : "expected less than 0.05")})"));
        return largest < 0.05;
    }

    private static void Print(ImageScore s) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{s.Name,-24} {s.Psnr,6:0.00}  {s.Ssim:0.0000}  {s.BicubicPsnr,6:0.00}  {s.BicubicSsim:0.0000}  {s.KernelL2,9:0.00000}  {s.LrPsnr,7:0.00}  {s.SecondsPerMegapixel,5:0.0}"));
}
