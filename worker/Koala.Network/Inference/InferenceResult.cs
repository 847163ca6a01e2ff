using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>What an inference gives: what was not asked for is null. Tensors are float32 on the CPU.</summary>
public sealed record InferenceResult : IDisposable
{
    /// <summary>The picture (N, 3, sH, sW), not clipped.</summary>
    public Tensor? Hr { get; init; }

    /// <summary>
    /// (N, 3, H, W): variance along x, along y (downwards) and covariance of every LR pixel's estimated blur, in square HR pixels, as
    /// <see cref="KernelMoments.Covariances"/> makes them.
    /// </summary>
    public Tensor? Covariances { get; init; }

    /// <summary>The estimated kernels F_d (N, 400, H, W).</summary>
    public Tensor? Kernels { get; init; }

    /// <summary>The LR image (N, 3, H, W) as the picture explains it: degraded by the kernels that the upsampling network was given.</summary>
    public Tensor? Rebuilt { get; init; }

    /// <summary>
    /// A part of it, on the CPU, in the outer dispose scope; what it is cut out of goes with the scope that this is called in.
    /// </summary>
    /// <param name="scale">HR pixels per LR pixel and direction.</param>
    /// <param name="part">Which.</param>
    internal InferenceResult Cut(int scale, ImagePart part)
    {
        return new InferenceResult
        {
            Hr = Part(Hr, scale),
            Covariances = Part(Covariances, 1),
            Kernels = Part(Kernels, 1),
            Rebuilt = Part(Rebuilt, 1),
        };

        Tensor? Part(Tensor? t, int s) =>
            t is null ? null : part.Of(t, s).to(CPU).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Hr?.Dispose();
        Covariances?.Dispose();
        Kernels?.Dispose();
        Rebuilt?.Dispose();
    }
}
