using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Koala.Network;

/// <summary>
/// KOALA module (kernel-oriented adaptive local adjustment; paper, Eq. 6–8):
/// <c>y = x + {conv(relu(conv(relu(x)))) ⊗ m} ⊛ k</c>. m and k come from the kernel features; without these it is a
/// residual block, as in the baseline and in training's stage 2.
/// </summary>
internal sealed class KoalaModule : Module<Tensor, Tensor?, Tensor>
{
    private readonly Convolution _first;
    private readonly Convolution _second;
    private readonly Convolution[]? _multiplier;
    private readonly Convolution[]? _filter;

    public KoalaModule(UpsamplingVariant variant) : base(nameof(KoalaModule))
    {
        _first = new Convolution(64, 64);
        _second = new Convolution(64, 64, gain: 0.3);
        register_module("conv0", _first);
        register_module("conv1", _second);
        if (variant is UpsamplingVariant.Koala or UpsamplingVariant.GivenKernels)
            _multiplier = Branch("multiplier", new Convolution(64, 64), new Convolution(64, 64, gain: 0.1));
        if (variant is not UpsamplingVariant.Baseline)
            _filter = Branch("filter", new Convolution(64, 64, 1), new Convolution(64, LocalFilter.FeatureSide * LocalFilter.FeatureSide, 1, 0.1));
        using var _ = no_grad();
        // A residual block to begin with: m = 1 and k a unit tap in the middle.
        _multiplier?[1].Bias.SetAll(1);
        using var middle = _filter?[1].Bias[LocalFilter.FeatureSide * LocalFilter.FeatureSide / 2];
        middle?.SetAll(1);
    }

    /// <summary>x (N, 64, H, W), kernel features (N, 64, H, W) or null → (N, 64, H, W).</summary>
    public override Tensor forward(Tensor x, Tensor? kernelFeatures)
    {
        if (kernelFeatures is null || _filter is null)
            return ResidualBlock.Branch(x, _first, _second, x);
        using var y = ResidualBlock.Branch(x, _first, _second);
        using var k = LocalFilters(kernelFeatures);
        using var m = _multiplier is null ? null : Through(_multiplier, kernelFeatures);
        return LocalFilter.Feature(y, k, m, x);
    }

    /// <summary>The raw filters k (N, 49, H, W) for kernel features (N, 64, H, W).</summary>
    public Tensor LocalFilters(Tensor kernelFeatures) => Through(_filter!, kernelFeatures);

    private Convolution[] Branch(string name, Convolution first, Convolution second)
    {
        register_module($"{name}0", first);
        register_module($"{name}1", second);
        return [first, second];
    }

    private static Tensor Through(Convolution[] branch, Tensor x)
    {
        using var hidden = branch[0].Forward(x, activeOutput: true);
        return branch[1].forward(hidden);
    }
}
