using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Koala.Network;

/// <summary>Estimates the blur kernel of every pixel from the LR image (paper, section 3.1 and Fig. 2).</summary>
public sealed class DownsamplingNetwork : Module<Tensor, Tensor>
{
    /// <summary>Sides of the input must be multiples of this: two poolings.</summary>
    public const int Alignment = 4;

    private const int Taps = LocalFilter.DegradationSide * LocalFilter.DegradationSide;

    private readonly DownsamplingVariant _variant;
    private readonly Module<Tensor, Tensor> _trunk;
    private readonly Convolution _head0;
    private readonly Convolution _head1;

    internal DownsamplingNetwork(DownsamplingVariant variant) : base(nameof(DownsamplingNetwork))
    {
        _variant = variant;
        _trunk = variant == DownsamplingVariant.ResNet
            ? new Level(3, 64, 12, residual: true)
            : new UNetTrunk(residual: variant != DownsamplingVariant.UNet);
        // The trunk's parts carry names without the trunk's own: that it is apart is nobody's business but ours.
        foreach (var (name, child) in _trunk.named_children())
            register_module(name, child);
        _head0 = new Convolution(64, 64);
        _head1 = new Convolution(64, Taps, gain: 0.1);
        register_module("head0", _head0);
        register_module("head1", _head1);
    }

    /// <summary>
    /// <c>lr (N, 3, H, W) in [-1, 1] → F_d (N, 400, H, W)</c>, the normalised kernel of each pixel in HR pixels; H and W multiples
    /// of 4. Channel order as in <see cref="LocalFilter.Degrade"/>.
    /// </summary>
    /// <exception cref="ArgumentException">A side is no multiple of 4.</exception>
    public override Tensor forward(Tensor lr)
    {
        using var kernels = Estimate(lr);
        return Normalised(kernels);
    }

    /// <summary>
    /// As <see cref="forward"/>, before <see cref="Normalised"/>: training normalises in float32 what was estimated in bfloat16.
    /// </summary>
    public Tensor Estimate(Tensor lr)
    {
        using var hidden = Hidden(lr);
        return EstimateFrom(hidden);
    }

    /// <summary>The normalised kernels (N, 400, H, W) of <see cref="Hidden"/> features.</summary>
    internal Tensor KernelsFrom(Tensor hidden)
    {
        using var kernels = EstimateFrom(hidden);
        return Normalised(kernels);
    }

    private Tensor EstimateFrom(Tensor hidden)
    {
        var kernels = _head1.forward(hidden);
        if (_variant != DownsamplingVariant.Uniform)
            return kernels;
        using var all = kernels;
        using var one = all.mean([2, 3], keepdim: true);
        return one.expand(all.shape);
    }

    /// <summary>The convolution that makes kernels (N, 400, H, W) of <see cref="Hidden"/>.</summary>
    internal Convolution Head => _head1;

    /// <summary>Features (N, 64, H, W) from which <see cref="Head"/> makes the kernels.</summary>
    internal Tensor Hidden(Tensor lr)
    {
        if (lr.shape[2] % Alignment != 0 || lr.shape[3] % Alignment != 0)
            throw new ArgumentException($"sides must be multiples of {Alignment}, not {lr.shape[2]}×{lr.shape[3]}", nameof(lr));
        using var features = _trunk.forward(lr);
        return _head0.Forward(features, activeOutput: true);
    }

    /// <summary>Kernels (N, 400, H, W) that sum to 1, except in the variant without normalisation.</summary>
    public Tensor Normalised(Tensor kernels) =>
        _variant == DownsamplingVariant.NoNormalisation ? kernels.alias() : LocalFilter.Normalise(kernels);
}

/// <summary>The U-Net: two encoder levels, a bottleneck and two decoder levels; (N, 3, H, W) → (N, 64, H, W).</summary>
internal sealed class UNetTrunk : Module<Tensor, Tensor>
{
    private readonly Level[] _encoder;
    private readonly Level _bottleneck;
    private readonly Level[] _decoder;
    private readonly TransposedConvolution[] _upsample;

    public UNetTrunk(bool residual) : base(nameof(UNetTrunk))
    {
        _encoder = [new Level(3, 64, 2, residual), new Level(64, 128, 2, residual)];
        _bottleneck = new Level(128, 256, 1, residual);
        _upsample = [new TransposedConvolution(256, 128), new TransposedConvolution(128, 64)];
        _decoder = [new Level(256, 128, 2, residual), new Level(128, 64, 2, residual)];
        for (var i = 0; i < 2; i++)
        {
            _decoder[i].register_module("upsample", _upsample[i]);
            register_module($"encoder{i}", _encoder[i]);
            register_module($"decoder{i}", _decoder[i]);
        }

        register_module("bottleneck", _bottleneck);
    }

    public override Tensor forward(Tensor x)
    {
        using var skip0 = _encoder[0].forward(x);
        using var skip1 = Pooled(skip0, _encoder[1]);
        using var bottom = Pooled(skip1, _bottleneck);
        using var middle = Decode(0, bottom, skip1);
        return Decode(1, middle, skip0);
    }

    private static Tensor Pooled(Tensor x, Level level)
    {
        using var half = functional.max_pool2d(x, [2, 2]);
        return level.forward(half);
    }

    private Tensor Decode(int i, Tensor x, Tensor skip)
    {
        using var larger = _upsample[i].forward(x);
        using var both = cat([larger, skip], 1);
        return _decoder[i].forward(both);
    }
}

/// <summary><c>conv → blocks → relu</c>: a level of the U-Net, or at full resolution with 12 blocks Table 3's ResNet.</summary>
internal sealed class Level : Module<Tensor, Tensor>
{
    private readonly Convolution _conv;
    private readonly ResidualBlock[] _blocks;

    public Level(int inputs, int channels, int blocks, bool residual) : base(nameof(Level))
    {
        _conv = new Convolution(inputs, channels);
        _blocks = [.. Enumerable.Range(0, blocks).Select(_ => new ResidualBlock(channels, residual))];
        register_module("conv", _conv);
        for (var i = 0; i < blocks; i++)
            register_module($"block{i}", _blocks[i]);
    }

    public override Tensor forward(Tensor x)
    {
        var y = _conv.forward(x);
        foreach (var block in _blocks)
        {
            using var input = y;
            y = block.forward(input);
        }

        return y.relu_();
    }
}
