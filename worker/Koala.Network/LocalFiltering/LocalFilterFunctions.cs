using static TorchSharp.torch;

namespace Koala.Network.LocalFiltering;

/// <summary>Feature filtering with its gradient, for autograd.</summary>
internal sealed unsafe class FeatureFunction : autograd.SingleTensorFunction<FeatureFunction>
{
    public override string Name => nameof(FeatureFunction);

    public static Tensor Filter(Tensor x, Tensor filters, Tensor? times = null, Tensor? plus = null)
    {
        using var pixels = ChannelsLast.Pixels(x);
        using var taps = ChannelsLast.Pixels(filters, x.dtype);
        using var factors = times is null ? null : ChannelsLast.Pixels(times, x.dtype);
        using var addends = plus is null ? null : ChannelsLast.Pixels(plus, x.dtype);
        var (n, c, h, w) = ChannelsLast.Sizes(x);
        var result = ChannelsLast.Empty(n, c, h, w, x.dtype);
        using var destination = ChannelsLast.Pixels(result);
        if (x.dtype == ScalarType.BFloat16)
            FeatureFilter<ushort, BFloat16Element>.Forward(
                pixels.Pointer<ushort>(), Pointer<ushort>(factors), Pointer<ushort>(addends), taps.Pointer<ushort>(), destination.Pointer<ushort>(), n, h, w, c);
        else
            FeatureFilter<float, Float32Element>.Forward(
                pixels.Pointer<float>(), Pointer<float>(factors), Pointer<float>(addends), taps.Pointer<float>(), destination.Pointer<float>(), n, h, w, c);
        return result;
    }

    private static T* Pointer<T>(Tensor? t) where T : unmanaged => t is null ? null : t.Pointer<T>();

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, filters) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([x, filters]);
        return Filter(x, filters);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var (n, c, h, w) = ChannelsLast.Sizes(saved[0]);
        var type = saved[0].dtype;
        using var x = ChannelsLast.Pixels(saved[0]);
        using var filters = ChannelsLast.Pixels(saved[1], type);
        using var g = ChannelsLast.Pixels(grad_output, type);
        var dx = empty([n, h, w, c], type);
        var dk = empty([n, h, w, filters.shape[3]], type);
        if (type == ScalarType.BFloat16)
            FeatureFilter<ushort, BFloat16Element>.Backward(
                x.Pointer<ushort>(), filters.Pointer<ushort>(), g.Pointer<ushort>(), dx.Pointer<ushort>(), dk.Pointer<ushort>(), n, h, w, c);
        else
            FeatureFilter<float, Float32Element>.Backward(
                x.Pointer<float>(), filters.Pointer<float>(), g.Pointer<float>(), dx.Pointer<float>(), dk.Pointer<float>(), n, h, w, c);
        return [dx.permute(0, 3, 1, 2), dk.permute(0, 3, 1, 2)];
    }
}

/// <summary>Upsampling filtering with its gradient, for autograd.</summary>
internal sealed unsafe class UpsampleFunction : autograd.SingleTensorFunction<UpsampleFunction>
{
    public override string Name => nameof(UpsampleFunction);

    public static Tensor Filter(Tensor lr, Tensor filters, int scale)
    {
        using var pixels = ChannelsLast.Pixels(lr, ScalarType.Float32);
        using var taps = ChannelsLast.Pixels(filters);
        var (n, _, h, w) = ChannelsLast.Sizes(lr);
        var result = ChannelsLast.Empty(n, 3, scale * h, scale * w, ScalarType.Float32);
        using var destination = ChannelsLast.Pixels(result);
        if (filters.dtype == ScalarType.BFloat16)
            UpsamplingFilter<ushort, BFloat16Element>.Forward(
                pixels.Pointer<float>(), taps.Pointer<ushort>(), destination.Pointer<float>(), n, h, w, scale);
        else
            UpsamplingFilter<float, Float32Element>.Forward(
                pixels.Pointer<float>(), taps.Pointer<float>(), destination.Pointer<float>(), n, h, w, scale);
        return result;
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (lr, filters, scale) = ((Tensor)vars[0], (Tensor)vars[1], (int)vars[2]);
        ctx.save_for_backward([lr, filters]);
        ctx.save_data("scale", scale);
        ctx.save_data("lr", lr.requires_grad);
        return Filter(lr, filters, scale);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var (n, _, h, w) = ChannelsLast.Sizes(saved[0]);
        var (scale, type) = ((int)ctx.get_data("scale"), saved[1].dtype);
        using var lr = ChannelsLast.Pixels(saved[0], ScalarType.Float32);
        using var filters = ChannelsLast.Pixels(saved[1]);
        using var g = ChannelsLast.Pixels(grad_output, ScalarType.Float32);
        var df = empty([n, h, w, filters.shape[3]], type);
        var dlr = (bool)ctx.get_data("lr") ? zeros([n, h, w, 3], ScalarType.Float32) : null;
        var dlrPointer = dlr is null ? null : dlr.Pointer<float>();
        if (type == ScalarType.BFloat16)
            UpsamplingFilter<ushort, BFloat16Element>.Backward(
                lr.Pointer<float>(), filters.Pointer<ushort>(), g.Pointer<float>(), df.Pointer<ushort>(), dlrPointer, n, h, w, scale);
        else
            UpsamplingFilter<float, Float32Element>.Backward(
                lr.Pointer<float>(), filters.Pointer<float>(), g.Pointer<float>(), df.Pointer<float>(), dlrPointer, n, h, w, scale);
        return [dlr?.permute(0, 3, 1, 2)!, df.permute(0, 3, 1, 2), null!];
    }
}

/// <summary>Degradation with its gradient, for autograd.</summary>
internal sealed unsafe class DegradeFunction : autograd.SingleTensorFunction<DegradeFunction>
{
    public override string Name => nameof(DegradeFunction);

    public static Tensor Filter(Tensor hr, Tensor kernels, int scale)
    {
        using var planes = hr.contiguous();
        using var taps = ChannelsLast.Pixels(kernels);
        var (n, _, h, w) = ChannelsLast.Sizes(kernels);
        var colours = (int)hr.shape[1];
        var result = empty([n, colours, h, w], ScalarType.Float32);
        DegradationFilter.Forward(planes.Pointer<float>(), taps.Pointer<float>(), result.Pointer<float>(), n, h, w, scale, colours);
        return result;
    }

    public static Tensor Spread(Tensor lr, Tensor kernels, int scale)
    {
        using var planes = lr.contiguous();
        using var taps = ChannelsLast.Pixels(kernels);
        var (n, colours, h, w) = ChannelsLast.Sizes(lr);
        var result = zeros([n, colours, scale * h, scale * w], ScalarType.Float32);
        DegradationFilter.Transposed(taps.Pointer<float>(), planes.Pointer<float>(), result.Pointer<float>(), n, h, w, scale, colours);
        return result;
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (hr, kernels, scale) = ((Tensor)vars[0], (Tensor)vars[1], (int)vars[2]);
        ctx.save_for_backward([hr, kernels]);
        ctx.save_data("scale", scale);
        ctx.save_data("hr", hr.requires_grad);
        return Filter(hr, kernels, scale);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var (n, taps, h, w) = ChannelsLast.Sizes(saved[1]);
        using var hr = saved[0].contiguous();
        using var kernels = ChannelsLast.Pixels(saved[1]);
        using var g = grad_output.contiguous();
        var dk = empty([n, h, w, taps], ScalarType.Float32);
        var dhr = (bool)ctx.get_data("hr") ? zeros_like(hr) : null;
        DegradationFilter.Backward(
            hr.Pointer<float>(), kernels.Pointer<float>(), g.Pointer<float>(), dk.Pointer<float>(),
            dhr is null ? null : dhr.Pointer<float>(), n, h, w, (int)ctx.get_data("scale"), (int)hr.shape[1]);
        return [dhr!, dk.permute(0, 3, 1, 2), null!];
    }
}
