using Koala.Network;
using static TorchSharp.torch;

namespace Koala.Training.Optimization;

/// <summary>Adam (Kingma and Ba, 2015).</summary>
internal sealed class AdamRule(Tensor parameter) : IUpdateRule
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private readonly Tensor _mean = zeros_like(parameter);
    private readonly Tensor _square = zeros_like(parameter);

    public IEnumerable<(string Name, Tensor Value)> State => [("m", _mean), ("v", _square)];

    public void Update(Tensor parameter, Tensor gradient, double rate, int step)
    {
        using var scope = NewDisposeScope();
        _mean.MoveTowards(gradient, 1 - Beta1);
        _square.MoveTowards(gradient.Squared(), 1 - Beta2);
        var length = _square.Over(1 - Math.Pow(Beta2, step + 1)).sqrt_().Plus(Epsilon);
        parameter.AddInPlace(_mean.div(length), -rate / (1 - Math.Pow(Beta1, step + 1)));
    }

    public void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
    }
}
