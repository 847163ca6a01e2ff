using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Koala.Training.Optimization;

/// <summary>
/// Steps down clipped gradients, and a moving average of the weights, over named tensors: so the whole state goes into a checkpoint by
/// name, and a resumed training continues bit for bit.
/// </summary>
public sealed class Optimizer : IDisposable
{
    private readonly SortedDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    /// <param name="method">How a gradient becomes a step.</param>
    /// <param name="parameters">What is trained, by name: contiguous float32 on the CPU; and factors on the learning rate.</param>
    public Optimizer(OptimizationMethod method, IEnumerable<(string Name, Tensor Parameter, double RateFactor)> parameters)
    {
        foreach (var (name, parameter, rateFactor) in parameters)
        {
            IUpdateRule rule = method == OptimizationMethod.Muon && MuonRule.Fits(parameter) ? new MuonRule(parameter) : new AdamRule(parameter);
            _slots[name] = new Slot(parameter, rule, rateFactor, parameter.detach().clone());
        }
    }

    /// <summary>The moving averages of the weights, by name.</summary>
    public IEnumerable<(string Name, Tensor Average)> Averages => _slots.Select(s => (s.Key, s.Value.Average));

    /// <summary>Moments and averages, by names that begin with <c>m.</c>, <c>v.</c> (Adam alone) and <c>ema.</c>.</summary>
    public IEnumerable<(string Name, Tensor Value)> State =>
        _slots.SelectMany(s => s.Value.Rule.State.Append(("ema", s.Value.Average)).Select(v => ($"{v.Item1}.{s.Key}", v.Item2)));

    /// <summary>
    /// One step down the gradients that a backward pass left in the parameters.
    /// </summary>
    /// <param name="step">Steps done before, from 0.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="clipNorm">Longer gradients (of all parameters together) are shortened to this.</param>
    /// <param name="emaDecay">Share of the old value in the moving average; less in the first steps, which are far from anything.</param>
    /// <returns>The gradient's norm before clipping.</returns>
    /// <exception cref="ArithmeticException">The gradient is not finite; nothing was changed.</exception>
    public double Step(int step, double rate, double clipNorm, double emaDecay)
    {
        var gradients = _slots.Values.Select(s => s.Parameter.grad).ToArray();
        try
        {
            var norm = Math.Sqrt(gradients.Sum(g => g is null ? 0 : SumOfSquares(g)));
            if (!double.IsFinite(norm))
                throw new ArithmeticException("the gradient is not finite");
            var clip = (float)Math.Min(1, clipNorm / (norm + 1e-12));
            var decay = (float)Math.Min(emaDecay, (step + 1.0) / (step + 10.0));
            var work = _slots.Values.Zip(gradients).Where(w => w.Second is not null).ToLookup(w => w.First.Rule is AdamRule);
            // Adam goes from number to number, on all threads side by side; Muon's products of matrices use all threads one after the other.
            Parallel.ForEach(work[true], new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, Update);
            foreach (var matrix in work[false])
                Update(matrix);
            return norm;

            void Update((Slot, Tensor?) work)
            {
                var (slot, gradient) = work;
                slot.Rule.Update(slot.Parameter, gradient!, clip, rate * slot.RateFactor, step);
                MoveAverage(Values(slot.Parameter), Values(slot.Average), decay);
            }
        }
        finally
        {
            foreach (var gradient in gradients)
                gradient?.Dispose();
        }
    }

    /// <summary>Sets all gradients to zero.</summary>
    public void ZeroGradients()
    {
        foreach (var slot in _slots.Values)
        {
            using var gradient = slot.Parameter.grad;
            gradient?.zero_();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in _slots.Values)
        {
            slot.Rule.Dispose();
            slot.Average.Dispose();
        }
    }

    /// <summary>The numbers of a contiguous float32 tensor, where they are.</summary>
    internal static Span<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private static void MoveAverage(ReadOnlySpan<float> weights, Span<float> average, float decay)
    {
        for (var i = 0; i < weights.Length; i++)
            average[i] = weights[i] + decay * (average[i] - weights[i]);
    }

    private static double SumOfSquares(Tensor gradient)
    {
        using var flat = gradient.flatten();
        using var sum = flat.dot(flat);
        return sum.item<float>();
    }

    private sealed record Slot(Tensor Parameter, IUpdateRule Rule, double RateFactor, Tensor Average);
}

/// <summary>How a gradient becomes a step.</summary>
public enum OptimizationMethod
{
    /// <summary>As in the paper.</summary>
    Adam,

    /// <summary>Orthogonal steps for filters, Adam for the rest.</summary>
    Muon,
}
