using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Koala.Training.Stages;

/// <summary>
/// Adam (Kingma and Ba, 2015) with a clipped gradient and a moving average of the weights, over named tensors: so the whole state goes into
/// a checkpoint by name, and a resumed training continues bit for bit.
/// </summary>
public sealed class Adam : IDisposable
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;
    private const float Epsilon = 1e-8f;

    private readonly SortedDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    /// <param name="parameters">What is trained, by name: contiguous float32 on the CPU.</param>
    public Adam(IEnumerable<(string Name, Tensor Parameter)> parameters)
    {
        foreach (var (name, parameter) in parameters)
            _slots[name] = new Slot(parameter, zeros_like(parameter), zeros_like(parameter), parameter.detach().clone());
    }

    /// <summary>The moving averages of the weights, by name.</summary>
    public IEnumerable<(string Name, Tensor Average)> Averages => _slots.Select(s => (s.Key, s.Value.Average));

    /// <summary>First and second moments and averages, by names that begin with <c>m.</c>, <c>v.</c> and <c>ema.</c>.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => _slots.SelectMany(s => new[]
    {
        ($"m.{s.Key}", s.Value.Mean), ($"v.{s.Key}", s.Value.Square), ($"ema.{s.Key}", s.Value.Average),
    });

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
            var scale = (float)Math.Min(1, clipNorm / (norm + 1e-12));
            var decay = (float)Math.Min(emaDecay, (step + 1.0) / (step + 10.0));
            var correction1 = 1 / (1 - Math.Pow(Beta1, step + 1));
            var correction2 = 1 / (1 - Math.Pow(Beta2, step + 1));
            var factor = (float)(rate * correction1);
            var work = _slots.Values.Zip(gradients).ToArray();
            Parallel.For(0, work.Length, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, i =>
            {
                var (slot, gradient) = work[i];
                if (gradient is not null)
                    Update(slot, Span(gradient), scale, factor, (float)correction2, decay);
            });
            return norm;
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
            slot.Mean.Dispose();
            slot.Square.Dispose();
            slot.Average.Dispose();
        }
    }

    private static void Update(Slot slot, ReadOnlySpan<float> gradient, float scale, float factor, float correction2, float decay)
    {
        var weights = Span(slot.Parameter);
        var mean = Span(slot.Mean);
        var square = Span(slot.Square);
        var average = Span(slot.Average);
        for (var i = 0; i < weights.Length; i++)
        {
            var g = scale * gradient[i];
            var m = mean[i] = Beta1 * mean[i] + (1 - Beta1) * g;
            var v = square[i] = Beta2 * square[i] + (1 - Beta2) * g * g;
            var w = weights[i] -= factor * m / (MathF.Sqrt(v * correction2) + Epsilon);
            average[i] = w + decay * (average[i] - w);
        }
    }

    private static double SumOfSquares(Tensor gradient)
    {
        using var flat = gradient.flatten();
        using var sum = flat.dot(flat);
        return sum.item<float>();
    }

    private static Span<float> Span(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private sealed record Slot(Tensor Parameter, Tensor Mean, Tensor Square, Tensor Average);
}
