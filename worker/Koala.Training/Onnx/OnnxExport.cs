using System.Globalization;
using Koala.Network;

namespace Koala.Training.Onnx;

/// <summary>
/// A network as an ONNX file: <c>lr (N, 3, H, W) in [-1, 1] → hr (N, 3, sH, sW)</c>, float32, not clipped, of any H and W.
/// </summary>
internal static class OnnxExport
{
    /// <summary>Writes it, whole or not at all.</summary>
    /// <param name="network">The network, on the CPU in float32.</param>
    /// <param name="info">Of its checkpoint.</param>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="tile">
    /// Zero beyond the border, for callers that bring the halo along; else the image is continued by reflection by its halo, as whole images are.
    /// </param>
    /// <exception cref="ArgumentException">The network is a variant of the paper's tables.</exception>
    public static void Write(KoalaNet network, CheckpointInfo info, string path, bool tile = false)
    {
        if (info.Options is not { Upsampling: UpsamplingVariant.Koala or UpsamplingVariant.FilterOnly, Downsampling: DownsamplingVariant.ResUNet })
            throw new ArgumentException($"only the full network can be exported, not {info.Options.Upsampling} with {info.Options.Downsampling}");
        var model = Model(network, info, tile ? 0 : Reflection.Border(info.HaloLr));
        WholeFile.Write(path, file => file.Write(model.Written));
    }

    private static OnnxMessage Model(KoalaNet network, CheckpointInfo info, int border)
    {
        var scale = info.Options.Scale;
        var graph = new OnnxGraph();
        var sides = new OnnxSides(graph);
        var weights = network.named_parameters().ToDictionary(p => p.name, p => (TorchSharp.torch.Tensor)p.parameter);
        var input = border == 0 ? sides.Aligned("lr", InferenceModel.Alignment) : sides.Reflected("lr", border, InferenceModel.Alignment);
        var hr = sides.Cut(new OnnxNetwork(graph, weights, scale).Upscale(input), "lr", scale, border);
        return graph.Model(
            ("lr", "height", "width"), ("hr", $"height_x{scale}", $"width_x{scale}"), hr,
            $"KOALAnet x{scale}. lr: RGB in [-1, 1], v / 127.5 - 1 of 8-bit values. hr: the same, not clipped. {info.Description}",
            [
                ("scale", Text(scale)), ("reflected_border", Text(border)), ("halo", Text(info.HaloLr)),
                ("alignment", Text(InferenceModel.Alignment)), ("steps", info.Steps),
            ]);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
