using static TorchSharp.torch;

namespace Koala.Network.LocalFiltering;

/// <summary>Normalisation of filters on the CPU in one pass over memory, for inference.</summary>
internal static unsafe class FilterNormalisation
{
    /// <summary><c>(N, n², H, W) → (N, n², H, W)</c>, float32 or bfloat16: minus each pixel's mean, plus 1/n².</summary>
    public static Tensor Of(Tensor filters)
    {
        using var pixels = ChannelsLast.Pixels(filters);
        var (n, taps, h, w) = ChannelsLast.Sizes(filters);
        var result = ChannelsLast.Empty(n, taps, h, w, filters.dtype);
        using var destination = ChannelsLast.Pixels(result);
        if (filters.dtype == ScalarType.BFloat16)
            Normalise<ushort, BFloat16Element>(pixels.Pointer<ushort>(), destination.Pointer<ushort>(), n, h, w, taps);
        else
            Normalise<float, Float32Element>(pixels.Pointer<float>(), destination.Pointer<float>(), n, h, w, taps);
        return result;
    }

    private static void Normalise<T, TElement>(T* source, T* destination, int n, int h, int w, int taps)
        where T : unmanaged
        where TElement : struct, IElement<T> =>
        Strips.ForEach(n, h, (image, first, end) =>
        {
            var values = stackalloc float[taps];
            for (var pixel = ((long)image * h + first) * w; pixel < ((long)image * h + end) * w; pixel++)
            {
                ElementRow<T, TElement>.LoadNormalised(source + pixel * taps, values, taps);
                ElementRow<T, TElement>.Store(values, destination + pixel * taps, taps);
            }
        });
}
