using Koala.Training.Optimization;
using static TorchSharp.torch;

namespace Koala.Training.Tests.Optimization;

public sealed class MuonRuleTests
{
    [Theory]
    [InlineData(16, 40)]
    [InlineData(40, 16)]
    public void Orthogonal_AnyMatrix_KeepsDirectionsAndEvensTheirLengths(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var matrix = randn([rows, columns], generator: generator);
        // Directions of lengths from 1 to 30.
        var (u, _, v) = linalg.svd(matrix, fullMatrices: false);
        var result = MuonRule.Orthogonal(u.matmul(diag(linspace(1, 30, 16))).matmul(v));
        var seen = u.t().matmul(result).matmul(v.t());
        Assert.InRange(seen.diag().min().item<float>(), 0.6f, 1.3f);
        Assert.InRange((seen - diag(seen.diag())).abs().max().item<float>(), 0, 0.1f);
    }
}
