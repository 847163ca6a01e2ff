using Koala.Network;
using Koala.Training.Data;
using Koala.Training.Degradation;
using static TorchSharp.torch;

namespace Koala.Training.Stages;

/// <summary>What each stage minimises and which parameters it trains (paper, section 3.3 and Eq. 3).</summary>
public static class StageLoss
{
    private static readonly string[] KoalaBranches = [".multiplier", ".filter0", ".filter1", ".kernel_features"];

    /// <summary>Whether stage <paramref name="stage"/> trains the parameter of that name.</summary>
    public static bool Trains(int stage, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var downsampling = name.StartsWith("downsampling.", StringComparison.Ordinal);
        return stage switch
        {
            1 => downsampling,
            2 => !downsampling && !KoalaBranches.Any(b => name.Contains(b, StringComparison.Ordinal)),
            _ => true,
        };
    }

    /// <summary>
    /// Stage 1: l1(X̂, X) + w · l1(E_hw[F_d], k_d) + v · l1(F_d, k_d). Stage 2: l1(Ŷ, Y) without the KOALA branches. Stage 3: their sum, all together.
    /// </summary>
    /// <param name="network">What is trained.</param>
    /// <param name="batch">What it learns from.</param>
    /// <param name="stage">1 to 3.</param>
    /// <param name="precision">Arithmetic of the convolutions.</param>
    /// <param name="kernelWeight">w; 1 in the paper.</param>
    /// <param name="pixelWeight">v; 0 in the paper.</param>
    /// <param name="hrDistance">In the place of l1(Ŷ, Y).</param>
    public static Tensor Of(KoalaNet network, Batch batch, int stage, Precision precision, double kernelWeight = 1, double pixelWeight = 0, Distance hrDistance = Distance.L1)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(batch);
        var type = precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32;
        using var scope = NewDisposeScope();
        var lr = ChannelsLast.Of(batch.Lr).to_type(type);
        var scale = network.Options.Scale;
        Tensor? kernels = null;
        var terms = new List<Tensor>();
        if (stage != 2 && network.Options.Upsampling == UpsamplingVariant.GivenKernels)
        {
            kernels = ChannelsLast.Of(batch.Kernels);
        }
        else if (stage != 2 && network.Downsampling is { } downsampling)
        {
            kernels = downsampling.Normalised(downsampling.Estimate(lr).to_type(ScalarType.Float32));
            terms.Add(L1(Degrader.Rebuild(batch.Hr, kernels, scale), batch.Lr));
            terms.Add(L1(kernels.mean([2, 3]), batch.Kernels.mean([2, 3])).Times(kernelWeight));
            if (pixelWeight > 0)
                terms.Add(L1(kernels, batch.Kernels).Times(pixelWeight));
        }

        if (stage != 1)
        {
            var hr = network.Upsampling.forward(lr, kernels?.to_type(type));
            terms.Add(hrDistance == Distance.L1 ? L1(hr, batch.Hr) : Rms(hr, batch.Hr));
        }

        return terms.Aggregate((a, b) => a.Plus(b)).MoveToOuterDisposeScope();
    }

    private static Tensor L1(Tensor a, Tensor b) => nn.functional.l1_loss(a, b);

    // The addend keeps the root's slope finite where a patch is one colour.
    private static Tensor Rms(Tensor a, Tensor b) => a.sub(b).Squared().mean([1, 2, 3]).Plus(1e-6).sqrt().mean();
}
