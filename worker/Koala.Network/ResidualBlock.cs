using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Koala.Network;

/// <summary><c>x + conv(relu(conv(relu(x))))</c>, 3×3 (paper, Fig. 2); without the sum for the plain U-Net of Table 3.</summary>
internal sealed class ResidualBlock : Module<Tensor, Tensor>
{
    private readonly Convolution _first;
    private readonly Convolution _second;
    private readonly bool _residual;

    public ResidualBlock(int channels, bool residual = true) : base(nameof(ResidualBlock))
    {
        _residual = residual;
        _first = new Convolution(channels, channels);
        _second = new Convolution(channels, channels, gain: residual ? 0.3 : 1);
        register_module("conv0", _first);
        register_module("conv1", _second);
    }

    /// <summary>x (N, C, H, W) → (N, C, H, W).</summary>
    public override Tensor forward(Tensor x) => Branch(x, _first, _second, _residual ? x : null);

    /// <summary>What a residual block, or a KOALA module before its filtering, adds to its input; on top of <paramref name="plus"/>.</summary>
    public static Tensor Branch(Tensor x, Convolution first, Convolution second, Tensor? plus = null)
    {
        using var hidden = first.Forward(x, activeInput: true, activeOutput: true);
        return second.Forward(hidden, plus: plus);
    }
}
