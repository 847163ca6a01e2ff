using Koala.Network;
using Koala.Training.Data;
using Koala.Training.Degradation;
using Koala.Training.Metrics;
using static TorchSharp.torch;

namespace Koala.Training.Stages;

/// <summary>Looks at a network with photographs that it does not learn from: their middles, each with a kernel of its own.</summary>
internal sealed class Validation
{
    private const int SideLr = 64;

    private readonly List<(Photograph Hr, DegradationKernel Kernel)> _images = [];
    private readonly int _scale;
    private readonly Device _device;

    public Validation(PhotographCache photographs, IReadOnlyList<PhotographCache.Entry> entries, int scale, Device device)
    {
        (_scale, _device) = (scale, device);
        var random = new Random(2021);
        var (sigmas1, sigmas2) = (Sigmas(entries.Count, random), Sigmas(entries.Count, random));
        foreach (var (entry, i) in entries.Select((e, i) => (e, i)))
        {
            var side = Math.Min(scale * SideLr, Math.Min(entry.Width, entry.Height) / (4 * scale) * 4 * scale);
            var pixels = new byte[3 * side * side];
            for (var row = 0; row < side; row++)
                photographs.Row(entry, (entry.Height - side) / 2 + row, (entry.Width - side) / 2, side).CopyTo(pixels.AsSpan(3 * row * side));
            _images.Add((new Photograph(side, side, pixels), new DegradationKernel(sigmas1[i], sigmas2[i], random.NextDouble() * Math.PI / 2)));
        }
    }

    /// <summary>
    /// Means over the photographs: Y-PSNR (stages 2 and 3), Y-PSNR with a deliberately wrong, narrow kernel (stage 3: what the
    /// modules make of the kernels), kernel error and LR PSNR (stages 1 and 3).
    /// </summary>
    /// <param name="network">The network, in float32.</param>
    /// <param name="stage">1 to 3.</param>
    /// <param name="precision">Arithmetic of the convolutions.</param>
    /// <param name="sheet">Gets a row for every photograph.</param>
    public IReadOnlyList<(string Name, double Value)> Run(KoalaNet network, int stage, Precision precision, ContactSheet sheet)
    {
        var sums = new Dictionary<string, double>();
        using var _ = no_grad();
        foreach (var (photograph, kernel) in _images)
        {
            using var scope = NewDisposeScope();
            var hr = photograph.ToTensor().to(_device);
            var taps = Taps(kernel);
            var lr = Degrader.Degrade(hr, taps, _scale);
            var input = ChannelsLast.Of(lr).to_type(precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32);
            Tensor? kernels = null;
            float[]? mean = null;
            if (stage != 2 && network.Downsampling is { } downsampling)
            {
                kernels = downsampling.Normalised(downsampling.Estimate(input).to_type(ScalarType.Float32));
                mean = Mean(kernels);
                Add("kernel_l2", KernelError.Smallest(mean, kernel.Taps()));
                Add("lr_psnr", Luma.Psnr(Degrader.Rebuild(hr, kernels, _scale), lr));
            }
            else if (stage != 2 && network.Options.Upsampling == UpsamplingVariant.GivenKernels)
            {
                (kernels, mean) = (Everywhere(taps, lr), kernel.Taps());
            }

            var result = stage == 1 ? null : network.Upsampling.forward(input, kernels?.to_type(input.dtype));
            sheet.Add(lr, result, hr, kernel.Taps(), mean);
            if (result is null)
                continue;
            Add("psnr", Luma.Psnr(result, hr));
            if (kernels is not null)
            {
                var narrow = Everywhere(Taps(new DegradationKernel(0.3, 0.3, 0)), lr).to_type(input.dtype);
                Add("psnr_wrong_kernel", Luma.Psnr(network.Upsampling.forward(input, narrow), hr));
            }
        }

        return [.. sums.Select(s => (s.Key, s.Value / _images.Count))];

        void Add(string name, double value) => sums[name] = sums.GetValueOrDefault(name) + value;
    }

    // All widths as often as training draws them: a few random ones may hold none of the narrow ones, which are the hardest to estimate.
    private static double[] Sigmas(int count, Random random)
    {
        const double range = DegradationKernel.MaximumSigma - DegradationKernel.MinimumSigma;
        double[] sigmas = [.. Enumerable.Range(0, count).Select(i => DegradationKernel.MinimumSigma + range * (i + 0.5) / count)];
        random.Shuffle(sigmas);
        return sigmas;
    }

    private Tensor Taps(DegradationKernel kernel) => tensor(kernel.Taps(), device: _device).view(1, -1);

    private static float[] Mean(Tensor kernels) => kernels.mean([2, 3]).cpu().data<float>().ToArray();

    private static Tensor Everywhere(Tensor taps, Tensor lr) =>
        taps.view(1, 1, 1, -1).expand(1, lr.shape[2], lr.shape[3], -1).contiguous().permute(0, 3, 1, 2);
}
