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

    /// <summary>Whether the network estimates kernels, without which <see cref="Infer"/> takes no options but plain ones.</summary>
    public bool EstimatesKernels => Info.Options.Upsampling is UpsamplingVariant.Koala or UpsamplingVariant.FilterOnly;

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
    public Tensor Upscale(Tensor lr, Precision precision) => Infer(lr, precision, InferenceOptions.Plain).Hr!;

    /// <summary>
    /// As <see cref="Upscale"/>, steered as <paramref name="options"/> say, and with what they ask for beside the picture. Plain options take
    /// the same way as <see cref="Upscale"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The options need kernels, and the network estimates none.</exception>
    /// <param name="lr">(N, 3, H, W) in [-1, 1].</param>
    /// <param name="precision">Arithmetic of the convolutions.</param>
    /// <param name="options">How, and what else.</param>
    /// <param name="mask">With <see cref="InferenceOptions.Masked"/> alone: (N, 1, H, W), 0 to 1, where blur is kept.</param>
    /// <param name="part">What of the result is wanted: less than all costs less. Null for all.</param>
    public InferenceResult Infer(Tensor lr, Precision precision, InferenceOptions options, Tensor? mask = null, ImagePart? part = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require(options);
        if (options.Masked != mask is not null)
            throw new ArgumentException($"expected {(options.Masked ? "a" : "no")} mask", nameof(mask));
        using var _ = inference_mode();
        if (options.SmoothLevels > 0)
            return InferDetail(lr, precision, options, mask, part ?? ImagePart.Whole(lr));
        var (height, width) = (lr.shape[2], lr.shape[3]);
        var (bottom, right) = ((Alignment - height % Alignment) % Alignment, (Alignment - width % Alignment) % Alignment);
        using var scope = NewDisposeScope();
        var exact = OnDevice(lr);
        var input = ChannelsLast.Of(precision == Precision.Bf16 ? exact.to_type(ScalarType.BFloat16) : exact);
        var steered = new SteeredInference((precision == Precision.Bf16 ? _bf16 : _fp32).Value, Info.Options.Scale, options);
        return steered.Run(exact, input, mask is null ? null : OnDevice(mask), part ?? new ImagePart(0, 0, height, width));

        Tensor OnDevice(Tensor t) => (bottom + right == 0 ? t : nn.functional.pad(t, [0, right, 0, bottom])).to(ScalarType.Float32, _device);
    }

    /// <summary>
    /// As <see cref="Upscale"/> for one whole image: on the image continued by reflection, cropped. This is what tiles with the
    /// checkpoint's halo add up to.
    /// </summary>
    public Tensor UpscaleImage(Tensor lr, Precision precision) => InferImage(lr, precision, InferenceOptions.Plain).Hr!;

    /// <summary>As <see cref="Infer"/> for one whole image: on the image continued by reflection, cropped.</summary>
    /// <exception cref="ArgumentException">The options need kernels, and the network estimates none.</exception>
    public InferenceResult InferImage(Tensor lr, Precision precision, InferenceOptions options)
    {
        var border = Reflection.Border(Info.HaloLr);
        var (bottom, right) = (Reflection.BorderAfter(lr.shape[2], Info.HaloLr), Reflection.BorderAfter(lr.shape[3], Info.HaloLr));
        using var continued = Reflection.Pad(lr, border, bottom, border, right);
        return Infer(continued, precision, options, part: new ImagePart(border, border, lr.shape[2], lr.shape[3]));
    }

    /// <summary>
    /// As <see cref="UpscaleImage"/> with one given kernel in place of the estimated ones (paper, Table 2: "KOALA + GT kernel").
    /// </summary>
    /// <param name="lr">(1, 3, H, W) in [-1, 1].</param>
    /// <param name="kernel">k_d, 400 taps with the sum 1.</param>
    /// <param name="precision">Arithmetic of the convolutions.</param>
    public Tensor UpscaleImageWith(Tensor lr, float[] kernel, Precision precision) =>
        InferImage(lr, precision, new InferenceOptions { Kernel = kernel }).Hr!;

    /// <summary>
    /// The estimated kernels F_d of a whole image, <c>lr (1, 3, H, W) → (1, 400, H, W)</c> in fp32, continued by reflection; null for a
    /// network that estimates none.
    /// </summary>
    public Tensor? EstimateKernels(Tensor lr) =>
        EstimatesKernels ? InferImage(lr, Precision.Fp32, new InferenceOptions { Kernels = true, BlurOnly = true }).Kernels : null;

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        if (_fp32.IsValueCreated)
            _fp32.Value.Dispose();
        if (_bf16.IsValueCreated)
            _bf16.Value.Dispose();
        _network.Dispose();
    }

    // Bicubic, but for the rectangle that has detail.
    private InferenceResult InferDetail(Tensor lr, Precision precision, InferenceOptions options, Tensor? mask, ImagePart part)
    {
        using var scope = NewDisposeScope();
        lr = lr.to(ScalarType.Float32, CPU);
        var (whole, scale) = (ImagePart.Whole(lr), Info.Options.Scale);
        var near = part.Grown(Bicubic.Reach, whole);
        var hr = part.Within(near).Of(Bicubic.Enlarge(near.Of(lr), scale), scale).contiguous();
        if (DetailedPart.Of(lr, part, options.SmoothLevels) is { } detail)
        {
            var seen = detail.Grown(Reflection.Border(Info.HaloLr), whole).AlignedTo(Alignment);
            using var result = Infer(
                seen.Of(lr), precision, options with { SmoothLevels = 0 }, mask is null ? null : seen.Of(mask), detail.Within(seen));
            detail.Within(part).Of(hr, scale).copy_(result.Hr!);
        }
        return new InferenceResult { Hr = hr.MoveToOuterDisposeScope() };
    }

    private void Require(InferenceOptions options)
    {
        if (options.SmoothLevels > 0 && !options.PictureOnly)
            throw new ArgumentException("smooth parts may be left out only where nothing but the picture is wanted", nameof(options));
        if (!EstimatesKernels && (options.LooksAtEstimate || (options.NeedsGivenKernels && options.Kernel is null)))
            throw new ArgumentException($"model {Name} estimates no kernels", nameof(options));
        if (NeedsKernels && options.Kernel is null)
            throw new ArgumentException($"model {Name} estimates no kernels and has to be given them", nameof(options));
        if (options.Kernel is not null && Info.Options.Upsampling == UpsamplingVariant.Baseline)
            throw new ArgumentException($"model {Name} takes no kernels", nameof(options));
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
