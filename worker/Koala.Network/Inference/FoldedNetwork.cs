using Koala.Network.Winograd;
using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>
/// A network for inference without looking at its kernels. Between the convolution that makes them (64 → 400) and the one that
/// makes features of them (400 → 64) lies no non-linearity, as the normalisation is linear too: the three are one 5×5 convolution
/// 64 → 64. That saves a tenth of all multiply-adds and the largest tensor. Equal but for rounding.
/// </summary>
internal sealed class FoldedNetwork : IDisposable
{
    private const int Reach = 2;

    private readonly KoalaNet _network;
    private readonly Tensor? _weight;
    private readonly Tensor? _bias;
    private readonly WinogradWeights? _winograd;
    private readonly Tensor? _momentWeight;
    private readonly Tensor? _momentBias;

    /// <param name="exact">The network in float32, from which the convolutions are folded.</param>
    /// <param name="network">The network that computes, in its precision.</param>
    public FoldedNetwork(KoalaNet exact, KoalaNet network)
    {
        _network = network;
        foreach (var convolution in network.modules().OfType<Convolution>())
            convolution.PrepareForInference();
        // Uniform kernels are averaged over the image in between, and kernels that are not normalised are not worth a case.
        if (exact.Downsampling is null || exact.Options.Downsampling is DownsamplingVariant.Uniform or DownsamplingVariant.NoNormalisation)
            return;
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (weight, bias) = Fold(exact.Downsampling.Head, exact.Upsampling.FirstKernelFeatures);
        var type = network.Upsampling.FirstKernelFeatures.Weight.dtype;
        // They live as long as this object, whatever scope it is made in.
        _weight = weight.to_type(type).DetachFromDisposeScope();
        _bias = bias.to_type(type).DetachFromDisposeScope();
        if (WinogradConvolution.Fits(_weight))
            _winograd = new WinogradWeights(_weight, _bias);
        (weight, bias) = Moments(exact.Downsampling.Head);
        _momentWeight = weight.DetachFromDisposeScope();
        _momentBias = bias.DetachFromDisposeScope();
    }

    /// <summary>The network that computes.</summary>
    public KoalaNet Network => _network;

    /// <summary>A part of what <see cref="KoalaNet.forward"/> gives, for less than the whole costs.</summary>
    public Tensor Forward(Tensor lr, ImagePart part)
    {
        if (_weight is null)
        {
            using var hr = _network.forward(lr);
            return part.Of(hr, _network.Options.Scale);
        }

        using var hidden = _network.Downsampling!.Hidden(lr);
        using var features = KernelFeatures(hidden);
        return _network.Upsampling.ForwardWith(lr, features, part);
    }

    /// <summary>As <see cref="KoalaNet.forward"/>, with the downsampling network's features <see cref="DownsamplingNetwork.Hidden"/> of it at hand.</summary>
    public Tensor ForwardWith(Tensor lr, Tensor hidden)
    {
        using var kernels = _weight is null ? _network.Downsampling!.KernelsFrom(hidden) : null;
        if (kernels is not null)
            return _network.Upsampling.forward(lr, kernels);
        using var features = KernelFeatures(hidden);
        return _network.Upsampling.ForwardWith(lr, features);
    }

    /// <summary>The kernels' <see cref="KernelMoments"/> (N, 5, H, W) in float32: linear in the taps, so they fold too.</summary>
    public Tensor MomentsOf(Tensor hidden)
    {
        if (_momentWeight is null)
        {
            using var kernels = _network.Downsampling!.KernelsFrom(hidden);
            using var exactKernels = kernels.to_type(ScalarType.Float32);
            return KernelMoments.Of(exactKernels);
        }

        using var features = hidden.to_type(ScalarType.Float32);
        return nn.functional.conv2d(features, _momentWeight, _momentBias, padding: [1, 1]);
    }

    public void Dispose()
    {
        _weight?.Dispose();
        _bias?.Dispose();
        _winograd?.Dispose();
        _momentWeight?.Dispose();
        _momentBias?.Dispose();
        _network.Dispose();
    }

    // normalise(k) = k − mean(k) + 1/400, so its weights are the head's minus their mean over the 400 outputs, its bias alike plus 1/400.
    private static (Tensor Weight, Tensor Bias) Normalised(Convolution head) =>
        (head.Weight - head.Weight.mean([0], keepdim: true), (head.Bias - head.Bias.mean()).Plus(1.0 / head.Weight.shape[0]));

    private static (Tensor Weight, Tensor Bias) Fold(Convolution head, Convolution first)
    {
        using var scope = NewDisposeScope();
        var (inner, innerBias) = Normalised(head);
        var weight = zeros([first.Weight.shape[0], head.Weight.shape[1], 5, 5], device: head.Weight.device);
        for (var i = 0; i < 9; i++)
            for (var j = 0; j < 9; j++)
            {
                var product = first.Weight.select(3, i % 3).select(2, i / 3).matmul(inner.select(3, j % 3).select(2, j / 3));
                weight.select(3, i % 3 + j % 3).select(2, i / 3 + j / 3).AddInPlace(product);
            }

        var bias = first.Bias.Plus(first.Weight.sum([2, 3]).matmul(innerBias));
        return (weight.MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope());
    }

    private static (Tensor Weight, Tensor Bias) Moments(Convolution head)
    {
        using var scope = NewDisposeScope();
        var (inner, innerBias) = Normalised(head);
        var matrix = KernelMoments.Matrix(head.Weight.device);
        return (
            matrix.matmul(inner.flatten(1)).view(KernelMoments.Count, inner.shape[1], 3, 3).MoveToOuterDisposeScope(),
            matrix.matmul(innerBias).MoveToOuterDisposeScope());
    }

    private Tensor KernelFeatures(Tensor hidden)
    {
        using var first = First(hidden);
        // Beyond the border the second convolution sees zeros, not kernels of zeros: its outermost pixels are computed unfolded.
        Replace(first, hidden, 2, 0);
        Replace(first, hidden, 2, hidden.shape[2] - 1);
        Replace(first, hidden, 3, 0);
        Replace(first, hidden, 3, hidden.shape[3] - 1);
        return _network.Upsampling.KernelFeaturesFrom(first);
    }

    private Tensor First(Tensor hidden) => _winograd is null
        ? nn.functional.conv2d(hidden, _weight!, _bias, padding: [Reach, Reach])
        : WinogradConvolution.Forward(hidden, _winograd, activeInput: false, activeOutput: false, plus: null);

    // Line `place` of dimension `dimension` from the strip of hidden features that it depends on.
    private void Replace(Tensor first, Tensor hidden, int dimension, long place)
    {
        using var scope = NewDisposeScope();
        var length = Math.Min(Reach + 1, hidden.shape[dimension]);
        var start = place == 0 ? 0 : place + 1 - length;
        var kernels = LocalFilter.Normalise(_network.Downsampling!.Head.forward(hidden.narrow(dimension, start, length)));
        var line = _network.Upsampling.FirstKernelFeatures.forward(kernels).narrow(dimension, place - start, 1);
        first.narrow(dimension, place, 1).copy_(line);
    }
}
