using System.CommandLine;
using Koala.Network;
using Koala.Training.Evaluation;
using Koala.Training.Stages;
using Koala.Training.Tables;
using static TorchSharp.torch;

namespace Koala.Training.Commands;

/// <summary><c>koala-train tables</c>: the paper's Tables 1 to 5 next to our figures, in Markdown.</summary>
internal static class TablesCommand
{
    public static Command Create()
    {
        var sets = new Option<DirectoryInfo[]>("--hr")
        {
            Description = "Folders of HR images, one for each test set; a set is named after its folder, or the folder above one that is named HR.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        sets.AcceptExistingOnly();
        var models = new Option<DirectoryInfo[]>("--models")
        {
            Description = "Folders with weights, subfolders included; each file's header says which row it is. Default: the worker's models.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, "models"))],
        };
        models.AcceptExistingOnly();
        var variants = new Option<DirectoryInfo>("--variants") { Description = "Folder of trainings of equal length, for Tables 2 and 3: each file's header says which variant and stage it is. Default: the models." };
        variants.AcceptExistingOnly();
        var output = new Option<FileInfo?>("--out") { Description = "Writes the tables to this file instead of standard output." };
        var precision = CommonOptions.Precision();
        var command = new Command("tables", "Prints the paper's Tables 1 to 5 next to this project's figures.") { sets, models, variants, output, precision };
        command.SetAction((result, cancellation) =>
        {
            result.GetValue(output)?.Directory?.Create();
            var folders = result.GetValue(sets)!.Select(f => (Name: NameOf(f), f.FullName)).ToArray();
            var measurements = MeasureAll(result.GetValue(models)!);
            var equal = result.GetValue(variants) is { } folder ? MeasureAll(folder) : null;
            var text = new PaperTables([.. folders.Select(f => f.Name)], measurements, equal).ToMarkdown();
            if (result.GetValue(output) is { } destination)
                File.WriteAllText(destination.FullName, text);
            else
                Console.Write(text);
            return Task.FromResult(0);

            List<Measurement> MeasureAll(params DirectoryInfo[] places)
            {
                var all = new List<Measurement>();
                var files = places.SelectMany(f => f.EnumerateFiles("*.safetensors", SearchOption.AllDirectories)).OrderBy(f => f.FullName, StringComparer.Ordinal)
                    .Where(f => f.Name != Trainer.StateName)
                    .Select(f => (f.FullName, Info: Checkpoint.ReadInfo(f.FullName)))
                    // Where kernels are used, stage 2 is on the way: without them.
                    .Where(f => f.Info is not { Stage: 2, Options.Upsampling: not UpsamplingVariant.Baseline })
                    .ToArray();
                if (files.GroupBy(f => (f.Info.Options, f.Info.Stage)).FirstOrDefault(g => g.Count() > 1) is { } twice)
                    throw new InvalidDataException($"{twice.Last().FullName}: a second file for stage {twice.Key.Stage} of {twice.Key.Options}; leave one of them out");
                foreach (var (path, _) in files)
                {
                    using var model = InferenceModel.Load(path, CPU);
                    foreach (var (name, images) in folders)
                        all.AddRange(Measure(model, name, images, CommonOptions.PrecisionOf(result.GetValue(precision)!), cancellation));
                }

                return all;
            }
        });
        return command;
    }

    private static IEnumerable<Measurement> Measure(InferenceModel model, string name, string path, Precision precision, CancellationToken cancellation)
    {
        var options = model.Info.Options;
        var set = new TestSet(path, null, options.Scale);
        // Only the full model is measured both ways: the others are for one row each.
        foreach (var trueKernels in model.NeedsKernels ? [true] : options == new KoalaNetOptions(options.Scale) ? [false, true] : (bool[])[false])
        {
            Console.Error.WriteLine($"{model.Name}{(trueKernels ? " with true kernels" : "")} on {name} …");
            var evaluator = new Evaluator(model, precision);
            if (trueKernels)
                evaluator = new Evaluator(model, precision) { Enlarge = evaluator.WithTrueKernel };
            yield return new Measurement(options, model.Info.Stage, trueKernels, name, evaluator.Run(set, cancellation: cancellation).Mean);
        }
    }

    private static string NameOf(DirectoryInfo folder) =>
        folder.Name.Equals("HR", StringComparison.OrdinalIgnoreCase) && folder.Parent is { } parent ? parent.Name : folder.Name;
}
