using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Koala.Network;
using Koala.Training.Data;
using Koala.Training.Optimization;
using Koala.Training.Stages;

namespace Koala.Training.Commands;

/// <summary><c>koala-train train</c>: the three stages of the paper's section 3.3.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var stage = new Option<string>("--stage") { Description = "1: downsampling network, 2: baseline, 3: all together, or all: one after the other.", DefaultValueFactory = _ => "all" };
        stage.AcceptOnlyFromAmong("1", "2", "3", "all");
        var scale = new Option<int>("--scale") { Description = "HR pixels per LR pixel: 2 or 4.", DefaultValueFactory = _ => 4 };
        scale.AcceptOnlyFromAmong("2", "4");
        var data = new Option<DirectoryInfo>("--data") { Description = "Folder of photographs, subfolders included.", Required = true };
        data.AcceptExistingOnly();
        var output = new Option<DirectoryInfo>("--out") { Description = "Folder for state, weights and curve; an interrupted training in it goes on.", Required = true };
        var initial = new Option<FileInfo?>("--init") { Description = "Weights to begin with: tensors of the same name and shape are taken." };
        initial.AcceptLegalFilePathsOnly();
        var steps = new Option<string>("--steps") { Description = "Steps of the stage; with --stage all three numbers separated by commas.", DefaultValueFactory = _ => "20000" };
        steps.Validators.Add(r =>
        {
            if (!r.GetValueOrDefault<string>().Split(',').All(s => int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0))
                r.AddError("--steps: expected a number of steps from 1, or three of them separated by commas");
        });
        var batch = new Option<int>("--batch") { Description = "Patches of a step.", DefaultValueFactory = _ => 8 };
        var patch = new Option<int>("--patch") { Description = "Side of a patch in LR pixels, a multiple of 4.", DefaultValueFactory = _ => 48 };
        batch.Validators.Add(r => AtLeastOne(r, "--batch"));
        patch.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() is var side && (side < 8 || side % 4 != 0))
                r.AddError("--patch: expected a multiple of 4 from 8");
        });
        var rate = new Option<double>("--rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => 4e-4 };
        var method = new Option<OptimizationMethod>("--optimizer") { Description = "How a gradient becomes a step: as in the paper, or by orthogonal steps, which learn more from each.", DefaultValueFactory = _ => OptimizationMethod.Muon };
        var schedule = new Option<RateSchedule>("--schedule") { Description = "How the rate falls: along a cosine, or as in the paper.", DefaultValueFactory = _ => RateSchedule.Cosine };
        var warmUp = new Option<int>("--warm-up") { Description = "Steps over which the rate rises at the start.", DefaultValueFactory = _ => 300 };
        warmUp.Validators.Add(r => AtLeastOne(r, "--warm-up"));
        var kernelWeight = new Option<double>("--kernel-weight") { Description = "Weight of the kernels' own term in the paper's Eq. 3, which has 1: more brings narrow kernels sooner.", DefaultValueFactory = _ => 25 };
        var pixelWeight = new Option<double>("--pixel-weight") { Description = "Weight of a term that the paper does not have, which holds the kernel of each pixel to the true one, not their mean alone.", DefaultValueFactory = _ => 20 };
        var distance = new Option<Distance>("--hr-distance") { Description = "What is minimised between the made and the true HR patch: l1 as in the paper, or the root mean square, which is what PSNR measures.", DefaultValueFactory = _ => Distance.L1 };
        var twoBlurs = new Option<double>("--two-blurs") { Description = "Share of the patches that have two blurs with a soft border, 0 to 1; the paper has none.", DefaultValueFactory = _ => 0.25 };
        twoBlurs.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<double>() is not (>= 0 and <= 1))
                r.AddError("--two-blurs: expected a share from 0 to 1");
        });
        var device = new Option<string>("--device") { Description = "auto (CUDA if there is one, else the CPU), cpu, cuda or cuda:n.", DefaultValueFactory = _ => "auto" };
        var precision = CommonOptions.Precision();
        var threads = new Option<int>("--threads") { Description = "Threads; 0: all cores.", DefaultValueFactory = _ => 0 };
        var validate = new Option<int>("--validate-every") { Description = "Steps between validations.", DefaultValueFactory = _ => 1000 };
        validate.Validators.Add(r => AtLeastOne(r, "--validate-every"));
        var upsampling = new Option<UpsamplingVariant>("--upsampling") { Description = "Variant of the paper's Table 2.", DefaultValueFactory = _ => UpsamplingVariant.Koala };
        var downsampling = new Option<DownsamplingVariant>("--downsampling") { Description = "Variant of the paper's Table 3.", DefaultValueFactory = _ => DownsamplingVariant.ResUNet };
        var seed = new Option<int>("--seed") { Description = "Another seed draws other patches.", DefaultValueFactory = _ => 1 };

        var command = new Command("train", "Trains a network on photographs.")
        {
            stage, scale, data, output, initial, steps, batch, patch, rate, method, schedule, warmUp, kernelWeight, pixelWeight, distance, twoBlurs, device, precision, threads, validate, upsampling, downsampling, seed,
        };
        command.Validators.Add(r =>
        {
            // Null: not given, so that the default holds.
            if (r.GetValue(steps)?.Split(',').Length is { } counts && counts != 1 && (counts != 3 || r.GetValue(stage) is not (null or "all")))
                r.AddError("--steps: expected one number of steps, or with --stage all three of them separated by commas");
            if (r.GetValue(upsampling) is UpsamplingVariant.Baseline or UpsamplingVariant.GivenKernels && r.GetValue(stage) is not ("2" or "3"))
                r.AddError($"--upsampling {r.GetValue(upsampling)} has no downsampling network, which stage 1 trains: choose --stage 2 or 3");
        });
        command.SetAction((result, cancellation) =>
        {
            var stages = result.GetValue(stage) == "all" ? [1, 2, 3] : (int[])[int.Parse(result.GetValue(stage)!, CultureInfo.InvariantCulture)];
            var counts = result.GetValue(steps)!.Split(',').Select(s => int.Parse(s, CultureInfo.InvariantCulture)).ToArray();
            if (result.GetValue(threads) > 0)
                TorchSharp.torch.set_num_threads(result.GetValue(threads));
            var place = InferenceDevice.Parse(result.GetValue(device)!);
            var options = new TrainingOptions
            {
                Stage = stages[0],
                Network = new KoalaNetOptions(result.GetValue(scale), result.GetValue(upsampling), result.GetValue(downsampling)),
                Batch = result.GetValue(batch),
                PatchLr = result.GetValue(patch),
                Rate = result.GetValue(rate),
                Method = result.GetValue(method),
                Schedule = result.GetValue(schedule),
                WarmUp = result.GetValue(warmUp),
                KernelWeight = result.GetValue(kernelWeight),
                PixelWeight = result.GetValue(pixelWeight),
                HrDistance = result.GetValue(distance),
                TwoBlurs = result.GetValue(twoBlurs),
                Device = place,
                Precision = CommonOptions.PrecisionOf(result.GetValue(precision)!, place),
                ValidateEvery = result.GetValue(validate),
                Seed = result.GetValue(seed),
            };
            var all = stages.Select((s, i) => options with { Stage = s, Steps = counts[Math.Min(i, counts.Length - 1)] });
            return Task.FromResult(Run([.. all], result.GetValue(data)!, result.GetValue(output)!, result.GetValue(initial)?.FullName, cancellation));
        });
        return command;
    }

    private static void AtLeastOne(OptionResult option, string name)
    {
        if (option.GetValueOrDefault<int>() < 1)
            option.AddError($"{name}: expected at least 1");
    }

    private static int Run(
        IReadOnlyList<TrainingOptions> stages, DirectoryInfo data, DirectoryInfo output, string? initial, CancellationToken cancellation)
    {
        if (Path.GetRelativePath(data.FullName, output.FullName) is var inData && !Path.IsPathRooted(inData) && inData.Split(Path.DirectorySeparatorChar)[0] != "..")
            throw new InvalidDataException($"{output.FullName} lies in {data.FullName}: its contact sheets would be taken for photographs; choose an --out beside it");
        output.Create();
        using var alone = OnlyTraining(output);
        using var photographs = PhotographCache.Open(
            data.FullName, Path.Combine(output.FullName, "photographs.cache"), stages[0].Network.Scale * stages[0].PatchLr, Log, cancellation);
        Log($"{photographs.Entries.Count} photographs, {photographs.Entries.Sum(e => (long)e.Width * e.Height) / 1e6:0} megapixels");
        foreach (var options in stages)
        {
            if (cancellation.IsCancellationRequested)
                break;
            using var trainer = new Trainer(options, photographs, Path.Combine(output.FullName, $"stage{options.Stage}"), initial, Log);
            trainer.Run(cancellation);
            // The next stage begins with what this one has made.
            initial = trainer.WeightsPath;
        }

        return cancellation.IsCancellationRequested ? 130 : 0;
    }

    // Two that write the same files would undo each other's steps.
    private static FileStream OnlyTraining(DirectoryInfo folder)
    {
        try
        {
            return new FileStream(
                Path.Combine(folder.FullName, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new IOException($"{folder.FullName}: another training runs in it, or it cannot be written ({e.Message})", e);
        }
    }

    private static void Log(string line) => Console.WriteLine($"{DateTime.Now:HH:mm:ss} {line}");
}
