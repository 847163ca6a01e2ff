using Koala.Network.LocalFiltering;
using TorchSharp;
using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>
/// Local filtering: every pixel has a filter of its own (⊛ in the paper), zero outside the image. Three forms, each
/// with an analytic gradient: one SIMD pass on the CPU, tensor operations elsewhere.
/// </summary>
public static class LocalFilter
{
    /// <summary>Side of a KOALA module's filters (paper, section 3.2).</summary>
    public const int FeatureSide = 7;

    /// <summary>Side of the upsampling filters (paper, section 3.2).</summary>
    public const int UpsamplingSide = 5;

    /// <summary>Side of a degradation kernel in HR pixels (paper, section 3.1).</summary>
    public const int DegradationSide = 20;

    /// <summary>
    /// Makes filters sum to 1 over dimension 1: minus their mean, plus one over their number (paper, section 3.1).
    /// </summary>
    /// <param name="filters">(N, n², …).</param>
    public static Tensor Normalise(Tensor filters)
    {
        if (filters.device_type == DeviceType.CPU && filters.dim() == 4 && filters.dtype is (ScalarType.Float32 or ScalarType.BFloat16)
            && !(is_grad_enabled() && filters.requires_grad))
            return FilterNormalisation.Of(filters);
        using var mean = filters.mean([1], keepdim: true);
        using var shift = mean.Plus(-1.0 / filters.shape[1]);
        return filters.sub(shift);
    }

    /// <summary>
    /// Filters features with one normalised 7×7 filter a pixel, the same for all channels (paper, Eq. 8):
    /// <c>x (N, C, H, W), filters (N, 49, H, W) → (N, C, H, W)</c>. C must be a multiple of 64 on the CPU.
    /// </summary>
    /// <param name="x">Features, float32 or bfloat16.</param>
    /// <param name="filters">Before normalisation, channel 7·i + j weighs x[y + i − 3, x + j − 3]; of the type of <paramref name="x"/>.</param>
    /// <param name="times">What x is multiplied by before, (N, C, H, W); null for nothing.</param>
    /// <param name="plus">What is added to the result, (N, C, H, W); null for nothing.</param>
    public static Tensor Feature(Tensor x, Tensor filters, Tensor? times = null, Tensor? plus = null)
    {
        RequireShape(filters, x.shape[0], FeatureSide * FeatureSide, x.shape[2], x.shape[3]);
        var processor = x.device_type == DeviceType.CPU;
        if (processor && x.shape[1] % FeatureFilter<float, Float32Element>.ChannelGroup != 0)
            throw new ArgumentException($"channels must be a multiple of 64, not {x.shape[1]}", nameof(x));
        if (processor && !NeedsGradient(x, filters, times, plus))
            return FeatureFunction.Filter(x, filters, times, plus);
        using var product = times is null ? null : x.mul(times);
        var y = processor ? FeatureFunction.apply(product ?? x, filters) : TensorLocalFilter.Feature(product ?? x, filters);
        return plus is null ? y : y.AddInPlace(plus);
    }

    /// <summary>
    /// Enlarges an image with s² normalised 5×5 filters a LR pixel (paper, section 3.2):
    /// <c>lr (N, 3, H, W), filters (N, 25·s², H, W) → hr (N, 3, sH, sW)</c>, float32.
    /// </summary>
    /// <param name="lr">float32.</param>
    /// <param name="filters">Before normalisation, channel t·s² + (s·sy + sx) with t = 5·i + j weighs lr[y + i − 2, x + j − 2] for
    /// hr[s·y + sy, s·x + sx]; float32 or bfloat16.</param>
    /// <param name="scale">s, 2 or 4.</param>
    public static Tensor Upsample(Tensor lr, Tensor filters, int scale)
    {
        RequireShape(filters, lr.shape[0], UpsamplingSide * UpsamplingSide * scale * scale, lr.shape[2], lr.shape[3]);
        if (lr.device_type != DeviceType.CPU)
            return TensorLocalFilter.Upsample(lr, filters, scale);
        return NeedsGradient(lr, filters)
            ? UpsampleFunction.apply(lr, filters, scale)
            : UpsampleFunction.Filter(lr, filters, scale);
    }

    /// <summary>
    /// Blurs an image with one 20×20 kernel a LR pixel and samples it every s pixels (paper, Eq. 2):
    /// <c>hr (N, C, sH, sW), kernels (N, 400, H, W) → lr (N, C, H, W)</c>, float32.
    /// </summary>
    /// <param name="hr">float32.</param>
    /// <param name="kernels">As they are, channel 20·i + j weighs hr[s·y + i − (20 − s)/2, s·x + j − (20 − s)/2]; float32.</param>
    /// <param name="scale">s, 2 or 4.</param>
    public static Tensor Degrade(Tensor hr, Tensor kernels, int scale)
    {
        RequireShape(kernels, hr.shape[0], DegradationSide * DegradationSide, hr.shape[2] / scale, hr.shape[3] / scale);
        if (hr.device_type != DeviceType.CPU)
            return TensorLocalFilter.Degrade(hr, kernels, scale);
        return NeedsGradient(hr, kernels)
            ? DegradeFunction.apply(hr, kernels, scale)
            : DegradeFunction.Filter(hr, kernels, scale);
    }

    /// <summary>
    /// The transpose of <see cref="Degrade"/>: every LR pixel is spread over the HR pixels that it was made of, weighted by its kernel;
    /// <c>lr (N, C, H, W), kernels (N, 400, H, W) → (N, C, sH, sW)</c>, float32, without gradient.
    /// </summary>
    /// <param name="lr">float32.</param>
    /// <param name="kernels">As for <see cref="Degrade"/>.</param>
    /// <param name="scale">s, 2 or 4.</param>
    public static Tensor Spread(Tensor lr, Tensor kernels, int scale)
    {
        RequireShape(kernels, lr.shape[0], DegradationSide * DegradationSide, lr.shape[2], lr.shape[3]);
        return lr.device_type == DeviceType.CPU ? DegradeFunction.Spread(lr, kernels, scale) : TensorLocalFilter.Spread(lr, kernels, scale);
    }

    private static bool NeedsGradient(params ReadOnlySpan<Tensor?> tensors)
    {
        if (!is_grad_enabled())
            return false;
        foreach (var t in tensors)
            if (t?.requires_grad == true)
                return true;
        return false;
    }

    private static void RequireShape(Tensor filters, params long[] shape)
    {
        if (!filters.shape.SequenceEqual(shape))
            throw new ArgumentException(
                $"filters must have the shape ({string.Join(", ", shape)}), not ({string.Join(", ", filters.shape)})", nameof(filters));
    }
}
