using System.CommandLine;
using System.Globalization;
using Koala.Network;
using Koala.Training.Data;
using Koala.Training.Evaluation;

namespace Koala.Training.Commands;

/// <summary><c>koala-train halo</c>: how much real image a tile of these weights needs around it.</summary>
internal static class HaloCommand
{
    public static Command Create()
    {
        var model = new Argument<FileInfo>("model") { Description = "Weights." };
        model.AcceptExistingOnly();
        var images = new Option<DirectoryInfo>("--images") { Description = "Folder of LR images to measure on.", Required = true };
        images.AcceptExistingOnly();
        var tile = new Option<int>("--tile") { Description = "Side of what a tile gives back, in LR pixels; a multiple of 4.", DefaultValueFactory = _ => 32 };
        tile.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() is var side && (side < 4 || side % InferenceModel.Alignment != 0))
                r.AddError($"--tile: expected a multiple of {InferenceModel.Alignment}, got {side}");
        });
        var command = new Command("halo", "Prints the largest difference between tiles and the whole image over halo sizes.") { model, images, tile };
        command.SetAction((result, cancellation) =>
        {
            using var loaded = InferenceModel.Load(result.GetValue(model)!.FullName, TorchSharp.torch.CPU);
            var photographs = Photograph.FilesIn(result.GetValue(images)!.FullName).Select(Photograph.Read)
                .Where(p => Math.Min(p.Width, p.Height) >= result.GetValue(tile)).ToArray();
            if (photographs.Length == 0)
                throw new InvalidDataException($"{result.GetValue(images)}: no image of at least {result.GetValue(tile)}×{result.GetValue(tile)} pixels");
            Console.WriteLine("halo (LR px)  largest difference (levels of 255)  PSNR (dB)");
            foreach (var halo in (int[])[0, 8, 16, 20, 24, 28, 32, 40, 48, 56, 64])
            {
                var measured = photographs.Select(p => HaloMeasurement.Of(loaded, p, result.GetValue(tile), halo, cancellation)).ToArray();
                var psnr = -10 * Math.Log10(Math.Max(1e-12, measured.Average(m => m.MeanSquare)) / (255 * 255));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{halo,12}  {measured.Max(m => m.Largest),34:0.0000}  {psnr,9:0.0}"));
            }

            return Task.FromResult(0);
        });
        return command;
    }
}
