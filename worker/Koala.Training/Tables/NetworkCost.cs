using Koala.Network;

namespace Koala.Training.Tables;

/// <summary>What a network costs (paper, Table 5).</summary>
/// <param name="Parameters">Weights of all convolutions, without biases, as the paper counts.</param>
/// <param name="MultiplyAdds">Multiply-adds for one LR pixel: convolutions and local filters.</param>
internal sealed record NetworkCost(long Parameters, double MultiplyAdds)
{
    /// <summary>Counts them from the shapes of the weights and the resolution that each is used at.</summary>
    public static NetworkCost Of(KoalaNetOptions options)
    {
        using var network = new KoalaNet(options);
        var weights = network.named_parameters().Where(p => p.name.EndsWith(".weight", StringComparison.Ordinal)).ToArray();
        var convolutions = weights.Sum(w => w.parameter.numel() * PixelsPerLrPixel(w.name, options.Scale));
        const int Colours = 3;
        var upsampling = LocalFilter.UpsamplingSide * LocalFilter.UpsamplingSide * options.Scale * options.Scale * Colours;
        var features = network.named_parameters().Count(p => p.name.EndsWith(".filter1.weight", StringComparison.Ordinal))
            * LocalFilter.FeatureSide * LocalFilter.FeatureSide * 64;
        return new NetworkCost(weights.Sum(w => w.parameter.numel()), convolutions + upsampling + features);
    }

    // How often a weight is used for one LR pixel. A transposed convolution uses each once per pixel of its input.
    private static double PixelsPerLrPixel(string name, int scale) => name.Split('.') switch
    {
        ["downsampling", "encoder1", ..] => 1 / 4.0,
        ["downsampling", "bottleneck", ..] => 1 / 16.0,
        ["downsampling", "decoder0", "upsample", _] => 1 / 16.0,
        ["downsampling", "decoder0", ..] or ["downsampling", "decoder1", "upsample", _] => 1 / 4.0,
        ["upsampling", "image_head1", _] => 4,
        ["upsampling", "image_head2", _] => scale * scale,
        _ => 1,
    };
}
