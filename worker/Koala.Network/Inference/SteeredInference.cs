using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>
/// One inference from the LR image to all that was asked for. Plain options are the folded network alone; kernels are made only where
/// they are looked at, or changed.
/// </summary>
internal sealed class SteeredInference(FoldedNetwork folded, int scale, InferenceOptions options)
{
    /// <summary>Runs it; the result's tensors are those of a part, on the CPU, in the outer dispose scope of the caller.</summary>
    /// <param name="lr">(N, 3, H, W) in [-1, 1], float32, sides multiples of 4.</param>
    /// <param name="input">The same in the network's type, channels-last.</param>
    /// <param name="mask">(N, 1, H, W): where blur is kept; null for where the estimated blur is wide.</param>
    /// <param name="part">What of it is wanted.</param>
    public InferenceResult Run(Tensor lr, Tensor input, Tensor? mask, ImagePart part)
    {
        if (options is { LooksAtEstimate: false, NeedsGivenKernels: false, BlurOnly: false, KeepBlur: 0 })
            return new InferenceResult { Hr = folded.Forward(input, part) }.Cut(scale, part with { Y = 0, X = 0 });
        return Whole(lr, input, mask).Cut(scale, part);
    }

    private InferenceResult Whole(Tensor lr, Tensor input, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var downsampling = folded.Network.Downsampling;
        var hidden = options.LooksAtEstimate || options.Kernel is null ? downsampling!.Hidden(input) : null;
        var covariances = options.Covariances || (options.KeepBlur > 0 && mask is null) ? CovariancesOf(hidden!) : null;
        var estimate = options.Kernels || (options.NeedsGivenKernels && options.Kernel is null) ? downsampling!.KernelsFrom(hidden!) : null;
        var result = new InferenceResult
        {
            Covariances = options.Covariances ? covariances : null,
            Kernels = options.Kernels ? Exact(estimate!) : null,
        };
        if (!options.BlurOnly)
            result = Enlarge(result, lr, input, hidden, estimate, options.KeepBlur > 0 ? mask ?? BlurKeeping.Mask(covariances!, scale).to(lr.device) : null);
        return new InferenceResult
        {
            Hr = result.Hr?.MoveToOuterDisposeScope(),
            Covariances = result.Covariances?.MoveToOuterDisposeScope(),
            Kernels = result.Kernels?.MoveToOuterDisposeScope(),
            Rebuilt = result.Rebuilt?.MoveToOuterDisposeScope(),
        };
    }

    private InferenceResult Enlarge(InferenceResult result, Tensor lr, Tensor input, Tensor? hidden, Tensor? estimate, Tensor? mask)
    {
        using var given = options.NeedsGivenKernels ? Given(input, estimate) : null;
        var hr = given is null ? folded.ForwardWith(input, hidden!) : folded.Network.Upsampling.forward(input, given);
        using var exact = options.Consistent > 0 || options.Rebuilt ? Exact(given!) : null;
        if (options.Consistent > 0)
            hr = BackProjection.Correct(hr, lr, exact!, scale, options.Consistent);
        // Behind the correction, which would undo it.
        if (mask is not null)
            hr = BlurKeeping.Mix(hr, lr, mask.Times(options.KeepBlur), scale);
        return result with { Hr = hr, Rebuilt = options.Rebuilt ? LocalFilter.Degrade(hr, exact!, scale) : null };
    }

    /// <summary>What the upsampling network is given, in its type.</summary>
    private Tensor Given(Tensor input, Tensor? estimate)
    {
        if (options.Kernel is null)
            return options.KernelScale == 1 ? estimate!.alias() : KernelScaling.Scale(estimate!, options.KernelScale);
        using var taps = tensor(options.Kernel, device: input.device).view(1, 1, 1, -1).to_type(input.dtype);
        using var everywhere = taps.expand(input.shape[0], input.shape[2], input.shape[3], -1);
        return everywhere.contiguous().permute(0, 3, 1, 2);
    }

    private Tensor CovariancesOf(Tensor hidden)
    {
        using var moments = folded.MomentsOf(hidden);
        return KernelMoments.Covariances(moments);
    }

    /// <summary>Kernels in float32, their sums exactly 1 again where they had fewer digits.</summary>
    private static Tensor Exact(Tensor kernels)
    {
        if (kernels.dtype == ScalarType.Float32)
            return kernels.alias();
        using var singles = kernels.to_type(ScalarType.Float32);
        return LocalFilter.Normalise(singles);
    }
}
