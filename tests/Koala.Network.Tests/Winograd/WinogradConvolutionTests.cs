using Koala.Network.Winograd;
using static TorchSharp.torch;

namespace Koala.Network.Tests.Winograd;

public sealed class WinogradConvolutionTests
{
    // Images, inputs, outputs, side of the filters, height, width: smaller than a tile, one block and several, with and without a rest.
    [Theory]
    [InlineData(1, 8, 16, 3, 1, 1)]
    [InlineData(2, 16, 64, 3, 3, 5)]
    [InlineData(1, 64, 64, 3, 32, 52)]
    [InlineData(3, 64, 64, 5, 9, 14)]
    [InlineData(1, 64, 400, 3, 10, 11)]
    [InlineData(1, 256, 256, 3, 16, 24)]
    public void Forward_AnySize_EqualsThePlainConvolution(int n, int inputs, int outputs, int side, int height, int width)
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Fma.IsSupported, "needs FMA instructions");
        using var scope = NewDisposeScope();
        var (x, plus) = (randn([n, inputs, height, width]), randn([n, outputs, height, width]));
        var weight = randn([outputs, inputs, side, side]) / Math.Sqrt(inputs * side * side);
        var bias = randn(outputs);
        Assert.True(WinogradConvolution.Fits(weight));
        using var weights = new WinogradWeights(weight, bias);
        foreach (var active in (bool[])[false, true])
        {
            var plain = nn.functional.conv2d(active ? x.relu() : x, weight, bias, padding: [side / 2, side / 2]);
            var expected = active ? plain.relu() + plus : plain;
            var actual = WinogradConvolution.Forward(x, weights, active, active, active ? plus : null);
            Assert.Equal(expected.shape, actual.shape);
            Assert.InRange((actual - expected).abs().max().item<float>(), 0, 1e-4);
        }
    }

    [Fact]
    public void Forward_NotANumber_StaysVisible()
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Fma.IsSupported, "needs FMA instructions");
        using var scope = NewDisposeScope();
        var x = zeros([1, 16, 8, 8]);
        x[0, 3, 4, 4] = float.NaN;
        using var weights = new WinogradWeights(rand([16, 16, 3, 3]), zeros(16));
        var y = WinogradConvolution.Forward(x, weights, activeInput: true, activeOutput: true, plus: null);
        Assert.True(y.isnan().any().item<bool>());
        Assert.True(y[0, 0, 4, 4].isnan().item<bool>());
    }

    [Theory]
    [InlineData(3, 64, 3)]
    [InlineData(64, 49, 1)]
    [InlineData(16, 3, 3)]
    public void Fits_OtherShapes_False(int inputs, int outputs, int side)
    {
        using var scope = NewDisposeScope();
        Assert.False(WinogradConvolution.Fits(zeros([outputs, inputs, side, side])));
    }
}
