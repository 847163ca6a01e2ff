using TorchSharp;
using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>Weights of one scale, ready to enlarge images. Not thread-safe: one caller at a time.</summary>
public sealed class InferenceModel : IDisposable
{
    /// <summary>Tile origins must be multiples of this many LR pixels, or the network's pooling grid shifts.</summary>
    public const int Alignment = DownsamplingNetwork.Alignment;

    private readonly KoalaNet _network;
    private readonly Device _device;
    private readonly Lazy<FoldedNetwork> _fp32;
    private readonly Lazy<FoldedNetwork> _bf16;

    private InferenceModel(KoalaNet network, CheckpointInfo info, string name, Device device)
    {
        (Info, Name, _device) = (info, name, device);
        _network = network.to(device);
        _network.eval();
        _fp32 = new Lazy<FoldedNetwork>(() => new FoldedNetwork(_network, _network));
        // A second copy, cast once: fp32 stays at hand for a tile whose bf16 result is not finite.
        _bf16 = new Lazy<FoldedNetwork>(() => new FoldedNetwork(_network, Cast(_network, _device)));
    }

    /// <summary>What the checkpoint says of itself.</summary>
    public CheckpointInfo Info { get; }

    /// <summary>The checkpoint's file name without its extension.</summary>
    public string Name { get; }

    /// <summary>Whether the network estimates no kernels and has to be given them: <see cref="UpscaleImageWith"/> alone works.</summary>
    public bool NeedsKernels => Info.Options.Upsampling == UpsamplingVariant.GivenKernels;

    /// <summary>Loads a checkpoint onto a device.</summary>
    /// <exception cref="CheckpointException">The file cannot be used.</exception>
    public static InferenceModel Load(string path, Device device)
    {
        var (network, info) = Checkpoint.Load(path);
        return new InferenceModel(network, info, Path.GetFileNameWithoutExtension(path), device);
    }

    /// <summary>
    /// <c>lr (N, 3, H, W) in [-1, 1], float32 → hr (N, 3, sH, sW)</c>, float32 on the CPU, channels-last, not clipped. Any H and W from 1.
    /// </summary>
    /// <remarks>Zero beyond the border: to enlarge a whole image continue it by reflection first, or its border darkens.</remarks>
    public Tensor Upscale(Tensor lr, Precision precision) => Run(lr, precision, (network, input) => network.Forward(input));

    /// <summary>
    /// As <see cref="Upscale"/> for one whole image: on the image continued by reflection, cropped. This is what tiles with the
    /// checkpoint's halo add up to.
    /// </summary>
    public Tensor UpscaleImage(Tensor lr, Precision precision) => OnContinued(lr, continued => Upscale(continued, precision));

    /// <summary>
    /// As <see cref="UpscaleImage"/> with one given kernel in place of the estimated ones (paper, Table 2: "KOALA + GT kernel").
    /// </summary>
    /// <param name="lr">(1, 3, H, W) in [-1, 1].</param>
    /// <param name="kernel">k_d, 400 taps with the sum 1.</param>
    /// <param name="precision">Arithmetic of the convolutions.</param>
    public Tensor UpscaleImageWith(Tensor lr, ReadOnlySpan<float> kernel, Precision precision)
    {
        using var taps = tensor(kernel.ToArray(), device: _device).view(1, 1, 1, -1);
        return OnContinued(lr, continued => Run(continued, precision, (network, input) =>
        {
            using var everywhere = taps.expand(input.shape[0], input.shape[2], input.shape[3], -1).to_type(input.dtype);
            using var kernels = everywhere.contiguous().permute(0, 3, 1, 2);
            return network.Network.Upsampling.forward(input, kernels);
        }));
    }

    /// <summary>
    /// The estimated kernels F_d of a whole image, <c>lr (1, 3, H, W) → (1, 400, H, W)</c> in fp32, continued by reflection; null for a
    /// network that estimates none.
    /// </summary>
    public Tensor? EstimateKernels(Tensor lr)
    {
        if (_network.Downsampling is null)
            return null;
        using var _ = inference_mode();
        var border = Reflection.Border(Info.HaloLr);
        using var scope = NewDisposeScope();
        var bottom = border + (int)((Alignment - lr.shape[2] % Alignment) % Alignment);
        var right = border + (int)((Alignment - lr.shape[3] % Alignment) % Alignment);
        var input = ChannelsLast.Of(Reflection.Pad(lr, border, bottom, border, right).to(_device));
        return _network.Downsampling.forward(input).narrow(2, border, lr.shape[2]).narrow(3, border, lr.shape[3])
            .to(CPU).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        if (_fp32.IsValueCreated)
            _fp32.Value.Dispose();
        if (_bf16.IsValueCreated)
            _bf16.Value.Dispose();
        _network.Dispose();
    }

    private Tensor OnContinued(Tensor lr, Func<Tensor, Tensor> upscale)
    {
        var (scale, border) = (Info.Options.Scale, Reflection.Border(Info.HaloLr));
        using var continued = Reflection.Pad(lr, border, border, border, border);
        using var scope = NewDisposeScope();
        return upscale(continued)
            .narrow(2, scale * border, scale * lr.shape[2]).narrow(3, scale * border, scale * lr.shape[3])
            .MoveToOuterDisposeScope();
    }

    private Tensor Run(Tensor lr, Precision precision, Func<FoldedNetwork, Tensor, Tensor> forward)
    {
        using var _ = inference_mode();
        var (height, width) = (lr.shape[2], lr.shape[3]);
        var (bottom, right) = ((Alignment - height % Alignment) % Alignment, (Alignment - width % Alignment) % Alignment);
        using var scope = NewDisposeScope();
        var input = bottom + right == 0 ? lr : nn.functional.pad(lr, [0, right, 0, bottom]);
        input = ChannelsLast.Of(input.to(precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32, _device));
        var hr = forward((precision == Precision.Bf16 ? _bf16 : _fp32).Value, input);
        if (bottom + right != 0)
            hr = hr.narrow(2, 0, height * Info.Options.Scale).narrow(3, 0, width * Info.Options.Scale);
        return hr.to(CPU).MoveToOuterDisposeScope();
    }

    private static KoalaNet Cast(KoalaNet network, Device device)
    {
        using var _ = no_grad();
        var source = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var cast = new KoalaNet(network.Options).to(device).to(ScalarType.BFloat16);
        foreach (var (name, parameter) in cast.named_parameters())
            parameter.copy_(source[name]);
        cast.eval();
        return cast;
    }
}
