using Koala.Network;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Koala.Benchmarks;

/// <summary>
/// KOALAnet as one would first write it in TorchSharp: planes of channels, local filtering by unfolding. A baseline, and a second
/// implementation to compare with.
/// </summary>
internal sealed class PlainNetwork(IReadOnlyDictionary<string, Tensor> weights, int scale)
{
    /// <summary>lr (1, 3, H, W) → hr (1, 3, sH, sW); sides multiples of 4.</summary>
    public Tensor Upscale(Tensor lr)
    {
        using var scope = NewDisposeScope();
        var features = KernelFeatures(lr);
        var x = Apply("upsampling.conv_in", lr);
        for (var i = 0; i < 5; i++)
            x = Freeing(x, y => KoalaModule($"upsampling.koala{i}", y, features));
        for (var i = 0; i < 7; i++)
            x = Freeing(x, y => Block($"upsampling.residual{i}", y));
        x = x.relu();
        var filters = Normalised(Apply("upsampling.filter_head1", Apply("upsampling.filter_head0", x).relu()), 25);
        var windows = unfold(lr, 5, padding: 2).view(1, 3, 1, 25, -1);
        var filtered = (windows * filters.view(1, 25, scale * scale, -1).transpose(1, 2).unsqueeze(1)).sum(3);
        var picture = pixel_shuffle(filtered.view(1, 3 * scale * scale, lr.shape[2], lr.shape[3]), scale);
        foreach (var head in scale == 4 ? (string[])["image_head0", "image_head1"] : ["image_head0"])
            x = pixel_shuffle(Apply($"upsampling.{head}", x).relu(), 2);
        return (picture + Apply("upsampling.image_head2", x)).MoveToOuterDisposeScope();
    }

    private Tensor KernelFeatures(Tensor lr)
    {
        using var scope = NewDisposeScope();
        var skip0 = Level("downsampling.encoder0", lr, 2);
        var skip1 = Level("downsampling.encoder1", max_pool2d(skip0, [2, 2]), 2);
        var bottom = Level("downsampling.bottleneck", max_pool2d(skip1, [2, 2]), 1);
        var middle = Level("downsampling.decoder0", cat([Enlarged("downsampling.decoder0.upsample", bottom), skip1], 1), 2);
        var x = Level("downsampling.decoder1", cat([Enlarged("downsampling.decoder1.upsample", middle), skip0], 1), 2);
        x = Normalised(Apply("downsampling.head1", Apply("downsampling.head0", x).relu()), 400);
        for (var i = 0; i < 3; i++)
            x = Apply($"upsampling.kernel_features{i}", x).relu();
        return x.MoveToOuterDisposeScope();
    }

    private Tensor KoalaModule(string name, Tensor x, Tensor features)
    {
        var y = Branch(name, x) * Apply($"{name}.multiplier1", Apply($"{name}.multiplier0", features).relu());
        var k = Normalised(Apply($"{name}.filter1", Apply($"{name}.filter0", features).relu()), 49);
        var windows = unfold(y, 7, padding: 3).view(1, 64, 49, -1);
        return x + (windows * k.view(1, 1, 49, -1)).sum(2).view(x.shape);
    }

    private Tensor Level(string name, Tensor x, int blocks)
    {
        x = Apply($"{name}.conv", x);
        for (var i = 0; i < blocks; i++)
            x = Block($"{name}.block{i}", x);
        return x.relu();
    }

    private Tensor Block(string name, Tensor x) => x + Branch(name, x);

    private Tensor Branch(string name, Tensor x) => Apply($"{name}.conv1", Apply($"{name}.conv0", x.relu()).relu());

    private Tensor Apply(string name, Tensor x)
    {
        var padding = weights[$"{name}.weight"].shape[2] / 2;
        return conv2d(x, weights[$"{name}.weight"], weights[$"{name}.bias"], padding: [padding, padding]);
    }

    private Tensor Enlarged(string name, Tensor x) =>
        conv_transpose2d(x, weights[$"{name}.weight"], weights[$"{name}.bias"], strides: [2, 2], padding: [1, 1]);

    private static Tensor Normalised(Tensor filters, int taps)
    {
        var view = filters.view(1, taps, filters.shape[1] / taps, filters.shape[2], filters.shape[3]);
        return (view - view.mean([1], keepdim: true)).Plus(1.0 / taps).view(filters.shape);
    }

    // Whoever writes it plainly still has to free what is no longer needed, or a tile takes gigabytes.
    private static Tensor Freeing(Tensor x, Func<Tensor, Tensor> next)
    {
        using var input = x;
        using var scope = NewDisposeScope();
        return next(input).MoveToOuterDisposeScope();
    }
}
