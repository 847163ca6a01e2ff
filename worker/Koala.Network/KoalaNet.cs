using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Koala.Network;

/// <summary>
/// KOALAnet (Kim, Sim, Kim: "KOALAnet: Blind Super-Resolution using Kernel-Oriented Adaptive Local Adjustment", CVPR 2021): a
/// downsampling network estimates the blur of every pixel, an upsampling network adjusts itself to it.
/// </summary>
public sealed class KoalaNet : Module<Tensor, Tensor>
{
    /// <summary>Creates a network with random weights.</summary>
    public KoalaNet(KoalaNetOptions options) : base(nameof(KoalaNet))
    {
        Options = options.Validated();
        if (options.Upsampling is UpsamplingVariant.Koala or UpsamplingVariant.FilterOnly)
        {
            Downsampling = new DownsamplingNetwork(options.Downsampling);
            register_module("downsampling", Downsampling);
        }

        Upsampling = new UpsamplingNetwork(options.Scale, options.Upsampling);
        register_module("upsampling", Upsampling);
    }

    /// <summary>What the network is made of.</summary>
    public KoalaNetOptions Options { get; }

    /// <summary>Null in the variants that do not estimate kernels.</summary>
    public DownsamplingNetwork? Downsampling { get; }

    /// <summary>The network that makes the picture.</summary>
    public UpsamplingNetwork Upsampling { get; }

    /// <summary>
    /// <c>lr (N, 3, H, W) in [-1, 1] → hr (N, 3, sH, sW)</c>, float32, not clipped; H and W multiples of 4. Computes in the type of
    /// <paramref name="lr"/>, float32 or bfloat16; channels-last is fastest.
    /// </summary>
    public override Tensor forward(Tensor lr)
    {
        using var kernels = Downsampling?.forward(lr);
        return Upsampling.forward(lr, kernels);
    }
}
