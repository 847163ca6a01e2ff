using System.CommandLine;
using Koala.Network;
using TorchSharp;

namespace Koala.Training.Commands;

/// <summary><c>koala-train release</c>: a training's weights as the worker's models folder wants them.</summary>
internal static class ReleaseCommand
{
    public static Command Create()
    {
        var weights = new Argument<FileInfo[]>("weights") { Description = "Weights of a training; of several the mean is written.", Arity = ArgumentArity.OneOrMore };
        weights.AcceptExistingOnly();
        var output = new Option<FileInfo>("--out", "-o") { Description = "The file to write, as float16.", Required = true };
        var halo = new Option<int>("--halo") { Description = "Halo in LR pixels, as measured by 'koala-train halo'.", Required = true };
        halo.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() is < 0 or > CheckpointInfo.MaximumHaloLr)
                r.AddError($"--halo: expected 0 to {CheckpointInfo.MaximumHaloLr} LR pixels");
        });
        var steps = new Option<string?>("--steps") { Description = "The training's steps, for people; default: what the weights say." };
        var description = new Option<string>("--description") { Description = "Data and licence, for people.", Required = true };
        var command = new Command("release", "Writes weights with what a worker and its users need to know of them.") { weights, output, halo, steps, description };
        command.SetAction(result =>
        {
            var files = result.GetValue(weights)!;
            var (network, info) = Checkpoint.Load(files[0].FullName);
            using (network)
            {
                for (var i = 1; i < files.Length; i++)
                    MoveTowards(network, info, files[i].FullName, 1.0 / (i + 1));
                var released = info with
                {
                    HaloLr = result.GetValue(halo),
                    Steps = result.GetValue(steps) ?? info.Steps,
                    Description = result.GetValue(description)!,
                };
                Checkpoint.Save(
                    result.GetValue(output)!.FullName,
                    network.named_parameters().ToDictionary(p => p.name, p => (torch.Tensor)p.parameter), released, torch.ScalarType.Float16);
            }

            return 0;
        });
        return command;
    }

    private static void MoveTowards(KoalaNet network, CheckpointInfo info, string path, double share)
    {
        var (other, otherInfo) = Checkpoint.Load(path);
        using (other)
        {
            if (otherInfo.Options != info.Options || otherInfo.Stage != info.Stage)
                throw new InvalidDataException($"{path}: of stage {otherInfo.Stage}, {otherInfo.Options}; its mean with stage {info.Stage}, {info.Options} is no network");
            using var _ = torch.no_grad();
            var parameters = other.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            foreach (var (name, parameter) in network.named_parameters())
                parameter.MoveTowards(parameters[name], share);
        }
    }
}
