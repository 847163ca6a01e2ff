using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Koala.Network;

/// <summary>Enlarges the LR image, its features adjusted by the degradation kernels (paper, section 3.2 and Fig. 2).</summary>
public sealed class UpsamplingNetwork : Module<Tensor, Tensor?, Tensor>
{
    /// <summary>
    /// How much larger the initial weights of the first kernel features are than those of other convolutions. The values of F_d average
    /// 1/400: an ordinary gain leaves the modules blind to it for thousands of steps.
    /// </summary>
    private const double FirstKernelFeaturesGain = 60;

    private const int Modules = 5;
    private const int Blocks = 7;

    // LR pixels on each side that an output pixel depends on behind the features: three convolutions in the image head, the last two of them
    // at twice and four times the pixels, two in the filter head.
    private const int HeadReach = 2;

    private const int UpsamplingTaps = LocalFilter.UpsamplingSide * LocalFilter.UpsamplingSide;

    private readonly int _scale;
    private readonly Convolution _input;
    private readonly Convolution[] _kernelFeatures;
    private readonly KoalaModule[] _modules;
    private readonly ResidualBlock[] _blocks;
    private readonly Convolution[] _filterHead;
    private readonly Convolution[] _imageHead;

    internal UpsamplingNetwork(int scale, UpsamplingVariant variant) : base(nameof(UpsamplingNetwork))
    {
        _scale = scale;
        _input = Named("conv_in", new Convolution(3, 64));
        _kernelFeatures = variant == UpsamplingVariant.Baseline ? [] :
        [
            Named("kernel_features0", new Convolution(LocalFilter.DegradationSide * LocalFilter.DegradationSide, 64, gain: FirstKernelFeaturesGain)),
            Named("kernel_features1", new Convolution(64, 64)),
            Named("kernel_features2", new Convolution(64, 64)),
        ];
        _modules = [.. Enumerable.Range(0, Modules).Select(i => Named($"koala{i}", new KoalaModule(variant)))];
        _blocks = [.. Enumerable.Range(0, Blocks).Select(i => Named($"residual{i}", new ResidualBlock(64)))];
        _filterHead =
        [
            Named("filter_head0", new Convolution(64, 128)),
            Named("filter_head1", new Convolution(128, UpsamplingTaps * scale * scale, gain: 0.1)),
        ];
        // The convolution before each pixel shuffle, then the one to R, G and B.
        _imageHead = scale == 4
            ? [Named("image_head0", new Convolution(64, 128)), Named("image_head1", new Convolution(32, 64)), Named("image_head2", new Convolution(16, 3, gain: 0.1))]
            : [Named("image_head0", new Convolution(64, 128)), Named("image_head2", new Convolution(32, 3, gain: 0.1))];
        using var _ = no_grad();
        // The nearest pixel to begin with: a unit tap in the middle.
        using var middle = _filterHead[1].Bias.narrow(0, UpsamplingTaps / 2 * scale * scale, scale * scale);
        middle.SetAll(1);
    }

    /// <summary>
    /// <c>lr (N, 3, H, W) in [-1, 1], F_d (N, 400, H, W) or null → hr (N, 3, sH, sW)</c>, float32, not clipped. Computes in the type of
    /// <paramref name="lr"/>. Null kernels: the KOALA modules are residual blocks (baseline, stage 2).
    /// </summary>
    public override Tensor forward(Tensor lr, Tensor? kernels)
    {
        using var kernelFeatures = kernels is null || _kernelFeatures.Length == 0 ? null : KernelFeatures(kernels);
        return ForwardWith(lr, kernelFeatures);
    }

    /// <summary>The convolution that makes the first kernel features (N, 64, H, W) of kernels, without its relu.</summary>
    internal Convolution FirstKernelFeatures => _kernelFeatures[0];

    /// <summary>As <see cref="forward"/>, with kernel features f_d (N, 64, H, W) in place of kernels.</summary>
    /// <param name="lr">As for <see cref="forward"/>.</param>
    /// <param name="kernelFeatures">Null for none.</param>
    /// <param name="wanted">What of it is returned; the last layers compute no more than that needs. Null for all.</param>
    internal Tensor ForwardWith(Tensor lr, Tensor? kernelFeatures, ImagePart? wanted = null)
    {
        var part = wanted ?? ImagePart.Whole(lr);
        var seen = part.Grown(HeadReach, ImagePart.Whole(lr));
        using var features = Features(lr, kernelFeatures, seen);
        using var image = Image(features);
        using var near = seen.Of(lr);
        using var pixels = near.to_type(ScalarType.Float32);
        using var filters = Filters(features);
        using var hr = LocalFilter.Upsample(pixels, filters, _scale).AddInPlace(image);
        return part.Within(seen).Of(hr, _scale);
    }

    /// <summary>
    /// The normalised local filters (N, 49, H, W) of KOALA module <paramref name="module"/> (0 to 4) for F_d (N, 400, H, W); paper, Fig. 8.
    /// </summary>
    public Tensor LocalFilters(Tensor kernels, int module)
    {
        using var features = KernelFeatures(kernels);
        using var filters = _modules[module].LocalFilters(features);
        return LocalFilter.Normalise(filters);
    }

    /// <summary>f_d from the first kernel features, before their relu.</summary>
    internal Tensor KernelFeaturesFrom(Tensor first)
    {
        using var second = _kernelFeatures[1].Forward(first, activeInput: true, activeOutput: true);
        return _kernelFeatures[2].Forward(second, activeOutput: true);
    }

    // f_u of a part. What lies around it is left out where it no longer reaches: copying costs, so not before every layer.
    private Tensor Features(Tensor lr, Tensor? kernelFeatures, ImagePart part)
    {
        var whole = ImagePart.Whole(lr);
        var seen = part.Grown(2 * Blocks, whole);
        var x = _input.forward(lr);
        foreach (var module in _modules)
        {
            using var input = x;
            x = module.forward(input, kernelFeatures);
        }

        x = Part(x, seen);
        foreach (var block in _blocks)
        {
            using var input = x;
            x = block.forward(input);
        }

        return Part(x, part.Within(seen)).relu_();
    }

    // Takes the tensor.
    private static Tensor Part(Tensor x, ImagePart part)
    {
        if (part == ImagePart.Whole(x))
            return x;
        using var all = x;
        using var view = part.Of(x);
        return ChannelsLast.Of(view);
    }

    private Tensor KernelFeatures(Tensor kernels)
    {
        using var first = _kernelFeatures[0].forward(kernels);
        return KernelFeaturesFrom(first);
    }

    private Tensor Filters(Tensor features)
    {
        using var hidden = _filterHead[0].Forward(features, activeOutput: true);
        return _filterHead[1].forward(hidden);
    }

    private Tensor Image(Tensor features)
    {
        var x = features.alias();
        foreach (var convolution in _imageHead[..^1])
        {
            using var input = x;
            using var hidden = convolution.Forward(input, activeOutput: true);
            x = functional.pixel_shuffle(hidden, 2);
        }

        using var last = x;
        return _imageHead[^1].forward(last);
    }

    private T Named<T>(string name, T module) where T : Module
    {
        register_module(name, module);
        return module;
    }
}
