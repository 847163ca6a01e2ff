using System.Runtime.InteropServices;
using Koala.Network;
using Koala.Protocol.V1;
using Koala.Worker.Inference;

namespace Koala.Worker.Service;

/// <summary>What the options of a stream must fulfil, and what they mean for the network.</summary>
internal static class SteeringRules
{
    private const int KernelTaps = LocalFilter.DegradationSide * LocalFilter.DegradationSide;
    // float32 taps of a kernel that was normalised in any precision.
    private const double SumTolerance = 1e-3;

    /// <exception cref="ArgumentException">An option breaks a rule; the text has the expected and the actual values.</exception>
    public static InferenceOptions Check(UpscaleOptions options)
    {
        if (!(options.KeepBlur is >= 0 and <= 1))
            throw new ArgumentException($"options.keep_blur: expected 0 to 1, got {options.KeepBlur}");
        if (options.HasKernelScale
            && !(options.KernelScale is >= InferenceOptions.SmallestKernelScale and <= InferenceOptions.LargestKernelScale))
            throw new ArgumentException(
                $"options.kernel_scale: expected {InferenceOptions.SmallestKernelScale} to {InferenceOptions.LargestKernelScale}, "
                + $"got {options.KernelScale}");
        if (options.Consistent > InferenceOptions.MostConsistentSteps)
            throw new ArgumentException(
                $"options.consistent: expected 0 to {InferenceOptions.MostConsistentSteps}, got {options.Consistent}");
        if (!(options.SmoothLevels is >= 0 and <= InferenceOptions.MostSmoothLevels))
            throw new ArgumentException($"options.smooth_levels: expected 0 to {InferenceOptions.MostSmoothLevels}, got {options.SmoothLevels}");
        if (options.BlurOnly
            && (options.KeepBlur > 0 || options.KernelsCase != UpscaleOptions.KernelsOneofCase.None || options.Consistent > 0 || options.Check))
            throw new ArgumentException("options.blur_only: expected none of keep_blur, kernel, kernel_scale, consistent and check beside it");
        var result = new InferenceOptions
        {
            KeepBlur = options.KeepBlur,
            Kernel = options.HasKernel ? Kernel(options.Kernel.Span) : null,
            KernelScale = options.HasKernelScale ? options.KernelScale : 1,
            Consistent = (int)options.Consistent,
            Covariances = options.BlurMap,
            Kernels = options.MeanKernel,
            Rebuilt = options.Check,
            BlurOnly = options.BlurOnly,
            SmoothLevels = options.SmoothLevels,
        };
        return result.SmoothLevels == 0 || result.PictureOnly
            ? result
            : throw new ArgumentException("options.smooth_levels: expected none of blur_map, mean_kernel, check and blur_only beside it");
    }

    /// <exception cref="ArgumentException">The options need kernels, and the model has none.</exception>
    public static void Check(InferenceOptions options, ModelDescription model)
    {
        if (options with { SmoothLevels = 0 } != InferenceOptions.Plain && !model.EstimatesKernels)
            throw new ArgumentException($"options: model {model.Name} estimates no blur, so that it cannot be steered by it or tell it");
    }

    private static float[] Kernel(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != KernelTaps * sizeof(float))
            throw new ArgumentException($"options.kernel: expected {KernelTaps} floats = {KernelTaps * sizeof(float)} bytes, got {bytes.Length}");
        float[] taps = [.. MemoryMarshal.Cast<byte, float>(bytes)];
        var sum = taps.Sum(tap => (double)tap);
        if (!(Math.Abs(sum - 1) <= SumTolerance))
            throw new ArgumentException($"options.kernel: expected taps with the sum 1, got {sum}");
        return taps;
    }
}
