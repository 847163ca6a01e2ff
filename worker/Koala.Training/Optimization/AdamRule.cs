using static TorchSharp.torch;

namespace Koala.Training.Optimization;

/// <summary>Adam (Kingma and Ba, 2015).</summary>
internal sealed class AdamRule(Tensor parameter) : IUpdateRule
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;
    private const float Epsilon = 1e-8f;

    private readonly Tensor _mean = zeros_like(parameter);
    private readonly Tensor _square = zeros_like(parameter);

    public IEnumerable<(string Name, Tensor Value)> State => [("m", _mean), ("v", _square)];

    public void Update(Tensor parameter, Tensor gradient, float clip, double rate, int step)
    {
        var correction2 = (float)(1 / (1 - Math.Pow(Beta2, step + 1)));
        var factor = (float)(rate / (1 - Math.Pow(Beta1, step + 1)));
        ReadOnlySpan<float> gradients = Optimizer.Values(gradient);
        var weights = Optimizer.Values(parameter);
        var mean = Optimizer.Values(_mean);
        var square = Optimizer.Values(_square);
        for (var i = 0; i < weights.Length; i++)
        {
            var g = clip * gradients[i];
            var m = mean[i] = Beta1 * mean[i] + (1 - Beta1) * g;
            var v = square[i] = Beta2 * square[i] + (1 - Beta2) * g * g;
            weights[i] -= factor * m / (MathF.Sqrt(v * correction2) + Epsilon);
        }
    }

    public void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
    }
}
