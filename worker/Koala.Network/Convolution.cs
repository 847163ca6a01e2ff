using Koala.Network.Winograd;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Koala.Network;

/// <summary>
/// A convolution with bias, stride 1 and zero padding that computes in the type of its input: fp32 weights are cast on
/// the way to bf16, and the gradient flows back to them.
/// </summary>
internal sealed class Convolution : Module<Tensor, Tensor>
{
    private readonly long _padding;
    private WinogradWeights? _winograd;

    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="side">Side of the filters: 3 or 1.</param>
    /// <param name="gain">Factor on the standard deviation of the initial weights.</param>
    public Convolution(int inputs, int outputs, int side = 3, double gain = 1) : base(nameof(Convolution))
    {
        _padding = side / 2;
        register_parameter("weight", Initial.Weight([outputs, inputs, side, side], inputs, outputs, side, gain));
        register_parameter("bias", Parameter(zeros(outputs)));
    }

    public Parameter Weight => (Parameter)get_parameter("weight")!;

    public Parameter Bias => (Parameter)get_parameter("bias")!;

    /// <summary>x (N, inputs, H, W) → (N, outputs, H, W).</summary>
    public override Tensor forward(Tensor x) => Forward(x);

    /// <summary><c>x (N, inputs, H, W) → relu?(convolution(relu?(x))) + plus (N, outputs, H, W)</c>.</summary>
    /// <param name="x">Unchanged.</param>
    /// <param name="activeInput">Whether a relu comes before.</param>
    /// <param name="activeOutput">Whether a relu comes after.</param>
    /// <param name="plus">What is added last; null for nothing.</param>
    public Tensor Forward(Tensor x, bool activeInput = false, bool activeOutput = false, Tensor? plus = null)
    {
        if (_winograd is not null && x.dtype == ScalarType.Float32)
            return WinogradConvolution.Forward(x, _winograd, activeInput, activeOutput, plus);
        using var active = activeInput ? x.relu() : null;
        var y = Plain(active ?? x);
        if (activeOutput)
            y.relu_();
        return plus is null ? y : y.AddInPlace(plus);
    }

    /// <summary>
    /// Keeps the weights transformed where <see cref="WinogradConvolution"/> can use them: from now on they must stay as they are, and no
    /// gradient flows through.
    /// </summary>
    /// <remarks>For all of a network before its first image: made in between, they would cut the freed memory of large tensors to pieces.</remarks>
    public void PrepareForInference()
    {
        if (WinogradConvolution.Fits(Weight))
            _winograd ??= new WinogradWeights(Weight, Bias);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _winograd?.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Plain(Tensor x)
    {
        if (x.dtype == Weight.dtype)
            return functional.conv2d(x, Weight, Bias, padding: [_padding, _padding]);
        using var weight = Weight.to_type(x.dtype);
        using var bias = Bias.to_type(x.dtype);
        return functional.conv2d(x, weight, bias, padding: [_padding, _padding]);
    }
}

/// <summary>A transposed convolution 4×4 with stride 2 that doubles the sides; else as <see cref="Convolution"/>.</summary>
internal sealed class TransposedConvolution : Module<Tensor, Tensor>
{
    public TransposedConvolution(int inputs, int outputs) : base(nameof(TransposedConvolution))
    {
        register_parameter("weight", Initial.Weight([inputs, outputs, 4, 4], inputs, outputs, 4, 1));
        register_parameter("bias", Parameter(zeros(outputs)));
    }

    private Parameter Weight => (Parameter)get_parameter("weight")!;

    private Parameter Bias => (Parameter)get_parameter("bias")!;

    /// <summary>x (N, inputs, H, W) → (N, outputs, 2H, 2W).</summary>
    public override Tensor forward(Tensor x)
    {
        if (x.dtype == Weight.dtype)
            return functional.conv_transpose2d(x, Weight, Bias, strides: [2, 2], padding: [1, 1]);
        using var weight = Weight.to_type(x.dtype);
        using var bias = Bias.to_type(x.dtype);
        return functional.conv_transpose2d(x, weight, bias, strides: [2, 2], padding: [1, 1]);
    }
}

/// <summary>Initial weights: normal, with the variance 2 / (fan in + fan out).</summary>
internal static class Initial
{
    public static Parameter Weight(long[] shape, int inputs, int outputs, int side, double gain)
    {
        using var values = randn(shape);
        return Parameter(values.Times(gain * Math.Sqrt(2.0 / ((inputs + outputs) * side * side))));
    }
}
