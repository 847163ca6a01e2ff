using System.CommandLine;
using Koala.Network;

namespace Koala.Training.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<string> Precision()
    {
        var option = new Option<string>("--precision") { Description = "auto, fp32 or bf16.", DefaultValueFactory = _ => "auto" };
        option.AcceptOnlyFromAmong("auto", "fp32", "bf16");
        return option;
    }

    /// <param name="text">What <see cref="Precision"/> was given.</param>
    /// <param name="device">What auto suits; default: the CPU.</param>
    public static Precision PrecisionOf(string text, TorchSharp.torch.Device? device = null) => text switch
    {
        "fp32" => Network.Precision.Fp32,
        "bf16" => Network.Precision.Bf16,
        _ => InferenceDevice.DefaultPrecision(device ?? TorchSharp.torch.CPU),
    };

    /// <summary>The weights that are named, or those that come with the program for the scale.</summary>
    public static string ModelPath(FileInfo? named, int scale) =>
        named?.FullName ?? Path.Combine(AppContext.BaseDirectory, "models", $"koalanet-x{scale}.safetensors");
}
