using System.CommandLine;
using Koala.Network;
using Koala.Training.Onnx;

namespace Koala.Training.Commands;

/// <summary><c>koala-train export</c>: weights as an ONNX file, for other runtimes.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var model = new Option<FileInfo>("--model") { Description = "Weights.", Required = true };
        model.AcceptExistingOnly();
        var onnx = new Option<FileInfo>("--onnx") { Description = "The file to write; replaced if it exists.", Required = true };
        var tile = new Option<bool>("--tile")
        {
            Description = "Zero beyond the border, for tiles that bring their halo along; by default the image is continued by reflection, as whole images are.",
        };
        var command = new Command(
            "export",
            """
            Writes weights as an ONNX file: input 'lr' (N, 3, H, W) in [-1, 1], output 'hr' (N, 3, sH, sW), float32, of any height and width.

            Example:
              koala-train export --model worker/models/koalanet-x4.safetensors --onnx koalanet-x4.onnx
            """)
        { model, onnx, tile };
        command.SetAction(result =>
        {
            var output = result.GetValue(onnx)!;
            if (!output.Directory!.Exists)
                throw new DirectoryNotFoundException($"{output.Directory}: no such folder");
            var (network, info) = Checkpoint.Load(result.GetValue(model)!.FullName);
            using (network)
                OnnxExport.Write(network, info, output.FullName, result.GetValue(tile));
            output.Refresh();
            Console.WriteLine($"{output}: KOALAnet ×{info.Options.Scale}, opset {OnnxGraph.Opset}, {output.Length / 1e6:0.0} MB");
            return 0;
        });
        return command;
    }
}
