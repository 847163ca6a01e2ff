using Koala.Network;
using static TorchSharp.torch;

namespace Koala.Training.Optimization;

/// <summary>
/// Muon (Jordan et al., 2024) for the filters of a convolution, as a matrix of outputs (of a transposed one inputs) × all the rest: the step is the gradient's moving
/// average with all its singular values made about 1, so that every direction is learned, not the strongest alone.
/// </summary>
/// <remarks>Steps are as long as Adam's usually are (Liu et al., 2025), so that the same learning rate suits both.</remarks>
internal sealed class MuonRule(Tensor parameter) : IUpdateRule
{
    private const double Momentum = 0.95;
    private const int Iterations = 5;

    // The root mean square of Adam's usual step, in learning rates.
    private const double AdamsStep = 0.2;

    // Colours have too few directions for it to be worth it.
    private const long FewestChannels = 16;

    private readonly Tensor _mean = zeros_like(parameter);

    public IEnumerable<(string Name, Tensor Value)> State => [("m", _mean)];

    /// <summary>Whether the parameter is a convolution's filters between many channels.</summary>
    public static bool Fits(Tensor parameter) => parameter.dim() == 4 && Math.Min(parameter.shape[0], parameter.shape[1]) >= FewestChannels;

    public void Update(Tensor parameter, Tensor gradient, double rate, int step)
    {
        using var scope = NewDisposeScope();
        _mean.MoveTowards(gradient, 1 - Momentum);
        // Nesterov's look at where the average goes.
        var ahead = _mean.clone().MoveTowards(gradient, 1 - Momentum);
        var direction = Orthogonal(ahead.flatten(1));
        // The root mean square of an orthogonal r×c matrix is 1 / √max(r, c).
        var factor = rate * AdamsStep * Math.Sqrt(Math.Max(direction.shape[0], direction.shape[1]));
        parameter.AddInPlace(direction.view_as(parameter), -factor);
    }

    public void Dispose() => _mean.Dispose();

    /// <summary>
    /// A matrix with the singular vectors of <paramref name="matrix"/> and singular values of about 1 (0.7 to 1.2), by Newton and Schulz's iteration with
    /// the coefficients of the method's authors; in bfloat16, which it bears.
    /// </summary>
    internal static Tensor Orthogonal(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        var tall = matrix.shape[0] > matrix.shape[1];
        var wide = tall ? matrix.t() : matrix;
        var x = wide.div(wide.norm().Plus(1e-12)).to_type(ScalarType.BFloat16).contiguous();
        for (var i = 0; i < Iterations; i++)
        {
            var a = x.matmul(x.t());
            var b = a.Times(-4.7750).Plus(a.matmul(a).Times(2.0315));
            x = x.Times(3.4445).Plus(b.matmul(x));
        }

        var result = x.to_type(ScalarType.Float32);
        return (tall ? result.t() : result).contiguous().MoveToOuterDisposeScope();
    }
}
