using Koala.Network;
using Koala.Training.Optimization;
using static TorchSharp.torch;

namespace Koala.Training.Stages;

/// <summary>What a training does.</summary>
public sealed record TrainingOptions
{
    /// <summary>Stage of the paper's section 3.3: 1 downsampling network, 2 baseline, 3 all together.</summary>
    public required int Stage { get; init; }

    /// <summary>What the network is made of.</summary>
    public required KoalaNetOptions Network { get; init; }

    /// <summary>Steps of the stage. Default: 20 000.</summary>
    public int Steps { get; init; } = 20_000;

    /// <summary>Patches of a step. Default: 8, as in the paper.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Side of a patch in LR pixels, a multiple of 4. Default: 48 (paper: 64).</summary>
    public int PatchLr { get; init; } = 48;

    /// <summary>Highest learning rate. Default: 4·10⁻⁴.</summary>
    public double Rate { get; init; } = 4e-4;

    /// <summary>How a gradient becomes a step. Default: Muon.</summary>
    public OptimizationMethod Method { get; init; } = OptimizationMethod.Muon;

    /// <summary>How the rate falls. Default: cosine.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Cosine;

    /// <summary>Steps over which the rate rises at the start. Default: 300.</summary>
    public int WarmUp { get; init; } = 300;

    /// <summary>Share of the old value in the moving average of the weights. Default: 0.999.</summary>
    public double EmaDecay { get; init; } = 0.999;

    /// <summary>Largest norm of all gradients together. Default: 1.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>
    /// Weight of the kernels' own term in Eq. 3. Default: 25; in the paper 1, with which few thousand steps leave narrow kernels far too
    /// wide: the term is a mean over 400 taps, most of which are 0 whatever is estimated.
    /// </summary>
    public double KernelWeight { get; init; } = 25;

    /// <summary>
    /// Weight of the term that holds each pixel's kernel to the true one. Default: 20. The paper has none: where only the mean counts,
    /// errors of pixels cancel, and the mean is right while the kernels are not.
    /// </summary>
    public double PixelWeight { get; init; } = 20;

    /// <summary>What is minimised between the made and the true HR patch. Default: l1, as in the paper.</summary>
    public Distance HrDistance { get; init; } = Distance.L1;

    /// <summary>
    /// Share of the patches that have two blurs, as a sharp subject before a blurred ground has. Default: 0.25. The paper has none; without
    /// them a long training learns that a picture has one blur.
    /// </summary>
    public double TwoBlurs { get; init; } = 0.25;

    /// <summary>Where it is done. Default: the CPU.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>Arithmetic of the convolutions; the weights themselves are fp32.</summary>
    public Precision Precision { get; init; } = Precision.Bf16;

    /// <summary>Another seed draws other patches and starts from other weights. Default: 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Steps between validations. Default: 1000.</summary>
    public int ValidateEvery { get; init; } = 1000;

    /// <summary>Photographs that are kept apart for validation. Default: 12.</summary>
    public int HeldOut { get; init; } = 12;

    /// <summary>Seconds between checkpoints. Default: 180.</summary>
    public double CheckpointSeconds { get; init; } = 180;

    /// <summary>The learning rate of a step (0-based).</summary>
    public double RateAt(int step)
    {
        var progress = (double)step / Steps;
        var factor = Schedule switch
        {
            RateSchedule.Paper => progress < 0.8 ? 1 : progress < 0.9 ? 0.1 : 0.01,
            _ => 0.01 + 0.99 * 0.5 * (1 + Math.Cos(Math.PI * progress)),
        };
        return Rate * factor * Math.Min(1, (step + 1.0) / Math.Max(1, WarmUp));
    }
}

/// <summary>How far an image is from another.</summary>
public enum Distance
{
    /// <summary>Mean absolute difference (paper, Eq. 3).</summary>
    L1,

    /// <summary>Root mean square of each patch's differences, which is what PSNR measures; its gradient is as large as that of l1.</summary>
    Rms,
}

/// <summary>How the learning rate falls.</summary>
public enum RateSchedule
{
    /// <summary>To a hundredth along half a cosine.</summary>
    Cosine,

    /// <summary>Divided by 10 at 80 % and at 90 % of the steps (paper, section 4).</summary>
    Paper,
}
