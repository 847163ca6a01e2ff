using Koala.Network;
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
    /// <param name="parameters">What is trained, by name: float32 on any device.</param>
    public Optimizer(OptimizationMethod method, IEnumerable<(string Name, Tensor Parameter)> parameters)
    {
        foreach (var (name, parameter) in parameters)
        {
            IUpdateRule rule = method == OptimizationMethod.Muon && MuonRule.Fits(parameter) ? new MuonRule(parameter) : new AdamRule(parameter);
            using var detached = parameter.detach();
            _slots[name] = new Slot(parameter, rule, detached.clone());
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
        using var scope = NewDisposeScope();
        var work = _slots.Values.Select(s => (Slot: s, Gradient: s.Parameter.grad)).Where(w => w.Gradient is not null).ToArray();
        // One number from the device, not one of each parameter.
        var norm = Math.Sqrt(stack(work.Select(w => SumOfSquares(w.Gradient!))).sum(ScalarType.Float64).item<double>());
        if (!double.IsFinite(norm))
            throw new ArithmeticException("the gradient is not finite");
        var clip = Math.Min(1, clipNorm / (norm + 1e-12));
        var decay = Math.Min(emaDecay, (step + 1.0) / (step + 10.0));
        foreach (var (slot, gradient) in work)
        {
            using var clipped = gradient!.Times(clip);
            slot.Rule.Update(slot.Parameter, clipped, rate, step);
            slot.Average.MoveTowards(slot.Parameter, 1 - decay);
        }

        return norm;
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

    private static Tensor SumOfSquares(Tensor gradient)
    {
        using var flat = gradient.flatten();
        return flat.dot(flat);
    }

    private sealed record Slot(Tensor Parameter, IUpdateRule Rule, Tensor Average);
}

/// <summary>How a gradient becomes a step.</summary>
public enum OptimizationMethod
{
    /// <summary>As in the paper.</summary>
    Adam,

    /// <summary>Orthogonal steps for filters, Adam for the rest.</summary>
    Muon,
}
