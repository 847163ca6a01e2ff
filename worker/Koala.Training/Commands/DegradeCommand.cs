using System.CommandLine;
using Koala.Training.Data;
using Koala.Training.Degradation;
using static TorchSharp.torch;

namespace Koala.Training.Commands;

/// <summary><c>koala-train degrade</c>: LR images from HR images (paper, Eq. 1).</summary>
internal static class DegradeCommand
{
    public static Command Create()
    {
        var hr = new Argument<DirectoryInfo>("hr") { Description = "Folder of HR images." };
        hr.AcceptExistingOnly();
        var output = new Option<DirectoryInfo>("--out", "-o") { Description = "Folder for the LR images, as PNG.", Required = true };
        var scale = new Option<int>("--scale") { Description = "2 or 4.", DefaultValueFactory = _ => 4 };
        scale.AcceptOnlyFromAmong("2", "4");
        var kernels = new Option<FileInfo?>("--kernels") { Description = "Table of kernels: image n in file-name order has row n." };
        var kernel = new Option<double[]?>("--kernel") { Description = "One kernel for all images: sigma1 sigma2 (HR pixels) theta (radians).", Arity = new ArgumentArity(3, 3), AllowMultipleArgumentsPerToken = true };
        var seed = new Option<int>("--seed") { Description = "Without --kernels and --kernel: random kernels from this seed.", DefaultValueFactory = _ => 1 };
        var command = new Command("degrade", "Blurs and reduces images as the network expects its input.") { hr, output, scale, kernels, kernel, seed };
        command.SetAction((result, cancellation) =>
        {
            var files = Photograph.FilesIn(result.GetValue(hr)!.FullName);
            if (files.Count == 0)
                throw new InvalidDataException($"{result.GetValue(hr)}: no images");
            var random = new Random(result.GetValue(seed));
            var table = result.GetValue(kernels) is { } file ? KernelTable.Read(file.FullName)
                : result.GetValue(kernel) is [var sigma1, var sigma2, var theta] ? [.. files.Select(_ => new DegradationKernel(sigma1, sigma2, theta))]
                : (IReadOnlyList<DegradationKernel>)[.. files.Select(_ => DegradationKernel.Random(random))];
            if (files.Count > table.Count)
                throw new InvalidDataException($"{files.Count} images, but the table has {table.Count} kernels");
            var outputs = OutputFiles.For(files, result.GetValue(hr)!.FullName, result.GetValue(output)!.FullName);
            for (var i = 0; i < files.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                DegradeOne(files[i], table[i], result.GetValue(scale), outputs[i]);
            }

            return Task.FromResult(0);
        });
        return command;
    }

    private static void DegradeOne(string path, DegradationKernel kernel, int scale, string output)
    {
        using var scope = NewDisposeScope();
        var lr = Degrader.Degrade(Photograph.ReadCut(path, scale).ToTensor(), tensor(kernel.Taps()).view(1, -1), scale);
        Directory.CreateDirectory(Path.GetDirectoryName(output)!);
        Photograph.Write(lr, output);
        Console.WriteLine($"{path} → {output}  σ {kernel.Sigma1:0.00} {kernel.Sigma2:0.00}, θ {kernel.Theta:0.00}");
    }
}
