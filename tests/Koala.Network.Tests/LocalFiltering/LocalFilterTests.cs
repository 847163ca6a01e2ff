using static TorchSharp.torch;

namespace Koala.Network.Tests.LocalFiltering;

/// <summary>Forward and gradient of each local filtering, SIMD and in tensor operations, against plain loops.</summary>
public sealed class LocalFilterTests
{
    private delegate Tensor Filtering(Tensor x, Tensor k);

    private delegate void Products(Action<int, int, int> visit);

    public static TheoryData<int, int, int> Sizes => new() { { 1, 1, 1 }, { 2, 3, 5 }, { 1, 9, 31 }, { 3, 17, 8 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Feature_AnySize_EqualsPlainLoop(int n, int h, int w)
    {
        Products products = visit => PlainLocalFilter.Feature(n, 64, h, w, visit);
        Check((x, k) => LocalFilter.Feature(x, k), products, [n, 64, h, w], [n, 49, h, w], normalised: true, ScalarType.Float32, 1e-5);
        Check((x, k) => LocalFilter.Feature(x, k), products, [n, 64, h, w], [n, 49, h, w], normalised: true, ScalarType.BFloat16, 0.02);
        Check(Network.LocalFiltering.TensorLocalFilter.Feature, products, [n, 64, h, w], [n, 49, h, w], normalised: true, ScalarType.Float32, 1e-5);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 0.05)]
    public void Feature_ProductAndSumOnTheWay_EqualThoseApart(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        var (x, times, plus) = (randn([2, 64, 9, 11]).to_type(type), randn([2, 64, 9, 11]).to_type(type), randn([2, 64, 9, 11]).to_type(type));
        var k = (randn([2, 49, 9, 11]) * 0.1).to_type(type);
        var apart = LocalFilter.Feature(x * times, k) + plus;
        Assert.InRange((LocalFilter.Feature(x, k, times, plus) - apart).to_type(ScalarType.Float32).abs().max().item<float>(), 0, tolerance);
        // With a gradient it takes another way.
        using var gradient = enable_grad();
        var learned = LocalFilter.Feature(x, k.detach().requires_grad_(), times, plus);
        Assert.InRange((learned - apart).to_type(ScalarType.Float32).abs().max().item<float>(), 0, tolerance);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Upsample_AnySize_EqualsPlainLoop(int n, int h, int w)
    {
        foreach (var s in (int[])[2, 4])
        {
            Products products = visit => PlainLocalFilter.Upsample(n, h, w, s, visit);
            Check((x, k) => LocalFilter.Upsample(x, k, s), products, [n, 3, h, w], [n, 25 * s * s, h, w], normalised: true, ScalarType.Float32, 1e-5);
            Check((x, k) => Network.LocalFiltering.TensorLocalFilter.Upsample(x, k, s), products, [n, 3, h, w], [n, 25 * s * s, h, w], normalised: true, ScalarType.Float32, 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Degrade_AnySize_EqualsPlainLoop(int n, int h, int w)
    {
        foreach (var s in (int[])[2, 4])
        {
            Products products = visit => PlainLocalFilter.Degrade(n, 3, h, w, s, visit);
            Check((x, k) => LocalFilter.Degrade(x, k, s), products, [n, 3, s * h, s * w], [n, 400, h, w], normalised: false, ScalarType.Float32, 1e-5);
            Check((x, k) => Network.LocalFiltering.TensorLocalFilter.Degrade(x, k, s), products, [n, 3, s * h, s * w], [n, 400, h, w], normalised: false, ScalarType.Float32, 1e-5);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Spread_Anything_IsTheTransposeOfDegrade(int scale)
    {
        using var scope = NewDisposeScope();
        // Of other draws the product may be so near to zero that a ratio to it says nothing.
        using var generator = new Generator(9);
        var hr = randn([2, 3, 7 * scale, 6 * scale], generator: generator);
        var (lr, kernels) = (randn([2, 3, 7, 6], generator: generator), randn([2, 400, 7, 6], generator: generator));
        var product = (LocalFilter.Degrade(hr, kernels, scale) * lr).sum().item<float>();
        foreach (var spread in (Tensor[])[LocalFilter.Spread(lr, kernels, scale), Network.LocalFiltering.TensorLocalFilter.Spread(lr, kernels, scale)])
            Assert.Equal(1, (spread * hr).sum().item<float>() / product, 1e-3);
    }

    [Fact]
    public void Upsample_Bf16Filters_IsCloseToFp32()
    {
        using var scope = NewDisposeScope();
        var (lr, filters) = (rand([2, 3, 9, 20]), rand([2, 400, 9, 20]));
        var difference = LocalFilter.Upsample(lr, filters, 4) - LocalFilter.Upsample(lr, filters.to_type(ScalarType.BFloat16), 4);
        Assert.InRange(difference.abs().max().item<float>(), 0, 0.05);
    }

    [Fact]
    public void Feature_WrongFilterShape_Throws()
    {
        using var scope = NewDisposeScope();
        var e = Assert.Throws<ArgumentException>(() => LocalFilter.Feature(rand([1, 64, 4, 4]), rand([1, 25, 4, 4])));
        Assert.Contains("(1, 49, 4, 4), not (1, 25, 4, 4)", e.Message, StringComparison.Ordinal);
    }

    private static void Check(
        Filtering filtering, Products products, long[] xShape, long[] kShape, bool normalised, ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var x = randn(xShape, generator: generator).to_type(type).requires_grad_();
        var k = (randn(kShape, generator: generator) * 0.1).to_type(type).requires_grad_();
        var y = filtering(x, k);
        var g = randn(y.shape, generator: generator).to_type(type);
        (y * g).sum().backward();

        var (xs, gs) = (PlainLocalFilter.Values(x), PlainLocalFilter.Values(g));
        var (taps, area) = ((int)kShape[1], (int)(kShape[2] * kShape[3]));
        // The upsampling filters are normalised over t alone: s² sets of 25 taps.
        var ks = PlainLocalFilter.Values(k);
        var sets = normalised && taps != 49 ? taps / 25 : 1;
        if (normalised)
            ks = PlainLocalFilter.Normalise(ks, (int)kShape[0], taps / sets, sets * area);
        var (ys, dx, dk) = (new double[y.numel()], new double[xs.Length], new double[ks.Length]);
        products((o, f, i) =>
        {
            ys[o] += ks[f] * xs[i];
            dx[i] += gs[o] * ks[f];
            dk[f] += gs[o] * xs[i];
        });
        if (normalised)
            dk = [.. PlainLocalFilter.Normalise(dk, (int)kShape[0], taps / sets, sets * area).Select(v => v - 1.0 * sets / taps)];

        AssertClose(ys, PlainLocalFilter.Values(y), tolerance);
        AssertClose(dx, PlainLocalFilter.Values(x.grad!), tolerance);
        AssertClose(dk, PlainLocalFilter.Values(k.grad!), tolerance);
        using (no_grad())
            AssertClose(ys, PlainLocalFilter.Values(filtering(x, k)), tolerance);
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = Math.Max(1, expected.Max(Math.Abs));
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * scale, $"at {i}: {actual[i]} where {expected[i]} is right");
    }
}
