using Koala.Network;
using static TorchSharp.torch;

namespace Koala.Training.Onnx;

/// <summary>
/// KOALAnet in standard ONNX operators. The normalisation of filters is part of the weights before it, as it is linear; local
/// filtering is a sum of shifted images, each times a channel of the filters.
/// </summary>
/// <param name="graph">What grows.</param>
/// <param name="weights">The network's parameters by name.</param>
/// <param name="scale">2 or 4.</param>
internal sealed class OnnxNetwork(OnnxGraph graph, IReadOnlyDictionary<string, Tensor> weights, int scale)
{
    private const int FeatureTaps = LocalFilter.FeatureSide * LocalFilter.FeatureSide;
    private const int UpsamplingTaps = LocalFilter.UpsamplingSide * LocalFilter.UpsamplingSide;
    private const int DegradationTaps = LocalFilter.DegradationSide * LocalFilter.DegradationSide;
    private const int Colours = 3;

    /// <summary><c>lr (N, 3, H, W) → hr (N, 3, sH, sW)</c>; H and W multiples of 4.</summary>
    public string Upscale(string lr)
    {
        var kernelFeatures = KernelFeatures(Kernels(lr));
        var x = Convolution("upsampling.conv_in", lr);
        for (var i = 0; i < 5; i++)
            x = KoalaModule($"upsampling.koala{i}", x, kernelFeatures);
        for (var i = 0; i < 7; i++)
            x = ResidualBlock($"upsampling.residual{i}", x);
        x = Relu(x);
        var filters = Convolution("upsampling.filter_head1", Relu(Convolution("upsampling.filter_head0", x)), UpsamplingTaps);
        return Add(UpsamplingFilter(lr, filters), Image(x));
    }

    private string Kernels(string lr)
    {
        const string net = "downsampling";
        var skip0 = Level($"{net}.encoder0", lr, 2);
        var skip1 = Level($"{net}.encoder1", Pooled(skip0), 2);
        var bottom = Level($"{net}.bottleneck", Pooled(skip1), 1);
        var middle = Level($"{net}.decoder0", Concat(Enlarged($"{net}.decoder0.upsample", bottom), skip1), 2);
        var x = Level($"{net}.decoder1", Concat(Enlarged($"{net}.decoder1.upsample", middle), skip0), 2);
        return Convolution($"{net}.head1", Relu(Convolution($"{net}.head0", x)), DegradationTaps);
    }

    private string KernelFeatures(string kernels)
    {
        for (var i = 0; i < 3; i++)
            kernels = Relu(Convolution($"upsampling.kernel_features{i}", kernels));
        return kernels;
    }

    private string Level(string name, string x, int blocks)
    {
        x = Convolution($"{name}.conv", x);
        for (var i = 0; i < blocks; i++)
            x = ResidualBlock($"{name}.block{i}", x);
        return Relu(x);
    }

    private string ResidualBlock(string name, string x) => Add(x, Branch(name, x));

    private string Branch(string name, string x) => Convolution($"{name}.conv1", Relu(Convolution($"{name}.conv0", Relu(x))));

    private string KoalaModule(string name, string x, string kernelFeatures)
    {
        var y = Branch(name, x);
        if (weights.ContainsKey($"{name}.multiplier0.weight"))
            y = Multiply(y, Convolution($"{name}.multiplier1", Relu(Convolution($"{name}.multiplier0", kernelFeatures))));
        var k = Convolution($"{name}.filter1", Relu(Convolution($"{name}.filter0", kernelFeatures)), FeatureTaps);
        return Add(x, FeatureFilter(y, k));
    }

    private string Image(string x)
    {
        string[] heads = scale == 4 ? ["image_head0", "image_head1"] : ["image_head0"];
        foreach (var head in heads)
            x = PixelShuffle(Relu(Convolution($"upsampling.{head}", x)), 2);
        return Convolution("upsampling.image_head2", x);
    }

    /// <summary>(N, C, H, W) with 7×7 filters (N, 49, H, W) that sum to 1, the same for all channels.</summary>
    private string FeatureFilter(string x, string filters) =>
        Sum(Shifted(x, LocalFilter.FeatureSide).Zip(Split(filters, FeatureTaps), Multiply));

    /// <summary>lr (N, 3, H, W) with 5×5 filters (N, 25·s², H, W) that sum to 1, one for each of the s² pixels under a pixel.</summary>
    private string UpsamplingFilter(string lr, string filters)
    {
        var taps = Split(filters, UpsamplingTaps);
        var colours = Split(lr, Colours).Select(colour => Sum(Shifted(colour, LocalFilter.UpsamplingSide).Zip(taps, Multiply)));
        return PixelShuffle(Concat([.. colours]), scale);
    }

    /// <summary>An image moved by every offset of a filter of this side, row by row, zero outside.</summary>
    private IEnumerable<string> Shifted(string x, int side)
    {
        var reach = side / 2;
        var padded = graph.Node("Pad", [x, graph.Numbers(reach, reach, reach, reach), "", graph.Numbers(2, 3)]);
        for (var i = 0; i < side; i++)
            for (var j = 0; j < side; j++)
                yield return graph.Node("Slice", [padded, graph.Numbers(i, j), graph.Numbers(End(i), End(j)), graph.Numbers(2, 3)]);

        // Ends are counted from behind, where 0 would be the beginning.
        long End(int start) => start == side - 1 ? long.MaxValue : start - (side - 1);
    }

    /// <summary>A convolution; of filters, with their normalisation to sum 1: minus the mean of the taps, plus 1/taps.</summary>
    private string Convolution(string name, string x, int taps = 1)
    {
        using var scope = NewDisposeScope();
        var (weight, bias) = (weights[$"{name}.weight"].detach(), weights[$"{name}.bias"].detach());
        if (taps > 1)
        {
            weight = Normalised(weight, 0);
            bias = Normalised(bias, 1.0 / taps);
        }

        var padding = weight.shape[2] / 2;
        return graph.Node(
            "Conv", [x, graph.Weights($"{name}.weight", weight), graph.Weights($"{name}.bias", bias)],
            OnnxGraph.Attribute("kernel_shape", weight.shape[2], weight.shape[3]), OnnxGraph.Attribute("pads", padding, padding, padding, padding));

        Tensor Normalised(Tensor values, double sum)
        {
            var filters = values.view([taps, values.shape[0] / taps, .. values.shape[1..]]);
            return (filters - filters.mean([0], keepdim: true)).Plus(sum).view(values.shape);
        }
    }

    private string Enlarged(string name, string x) => graph.Node(
        "ConvTranspose", [x, graph.Weights($"{name}.weight", weights[$"{name}.weight"]), graph.Weights($"{name}.bias", weights[$"{name}.bias"])],
        OnnxGraph.Attribute("kernel_shape", 4L, 4L), OnnxGraph.Attribute("strides", 2L, 2L), OnnxGraph.Attribute("pads", 1L, 1L, 1L, 1L));

    private string Pooled(string x) =>
        graph.Node("MaxPool", [x], OnnxGraph.Attribute("kernel_shape", 2L, 2L), OnnxGraph.Attribute("strides", 2L, 2L));

    private string PixelShuffle(string x, int by) =>
        graph.Node("DepthToSpace", [x], OnnxGraph.Attribute("blocksize", by), OnnxGraph.Attribute("mode", "CRD"));

    private string[] Split(string x, int parts) =>
        graph.Node("Split", [x], parts, OnnxGraph.Attribute("axis", 1), OnnxGraph.Attribute("num_outputs", parts));

    private string Concat(params string[] parts) => graph.Node("Concat", parts, OnnxGraph.Attribute("axis", 1));

    private string Sum(IEnumerable<string> terms) => terms.Aggregate(Add);

    private string Add(string a, string b) => graph.Node("Add", [a, b]);

    private string Multiply(string a, string b) => graph.Node("Mul", [a, b]);

    private string Relu(string x) => graph.Node("Relu", [x]);
}
