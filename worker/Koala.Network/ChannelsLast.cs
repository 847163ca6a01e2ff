using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>
/// The memory order in which a pixel's channels lie together. oneDNN's convolutions are fastest in it and keep it
/// through a chain of operations.
/// </summary>
public static class ChannelsLast
{
    /// <summary>The same (N, C, H, W) values in channels-last order.</summary>
    public static Tensor Of(Tensor t)
    {
        using var pixels = Pixels(t);
        return pixels.permute(0, 3, 1, 2);
    }

    /// <summary>(N, C, H, W) → contiguous (N, H, W, C); a view where the tensor is channels-last already.</summary>
    internal static Tensor Pixels(Tensor t)
    {
        using var view = t.permute(0, 2, 3, 1);
        return view.contiguous();
    }

    /// <summary>As <see cref="Pixels(Tensor)"/>, in the type <paramref name="type"/>.</summary>
    internal static Tensor Pixels(Tensor t, ScalarType type)
    {
        if (t.dtype == type)
            return Pixels(t);
        using var converted = t.to_type(type);
        return Pixels(converted);
    }

    /// <summary>
    /// Room for (N, C, H, W) values in channels-last order; no view of another tensor, so that autograd lets it be changed in place.
    /// </summary>
    internal static Tensor Empty(long n, long c, long h, long w, ScalarType type) =>
        empty_strided([n, c, h, w], [h * w * c, 1, w * c, c], type);

    /// <summary>(N, C, H, W) as integers.</summary>
    internal static (int N, int C, int H, int W) Sizes(Tensor t) => ((int)t.shape[0], (int)t.shape[1], (int)t.shape[2], (int)t.shape[3]);

    /// <summary>Where a contiguous CPU tensor's elements lie; valid as long as the tensor.</summary>
    internal static unsafe T* Pointer<T>(this Tensor t) where T : unmanaged
    {
        if (t.numel() * t.element_size() <= int.MaxValue)
            return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(t.bytes));
        // A span cannot be longer than that: over the first element alone.
        using var first = t.as_strided([1], [1], t.storage_offset());
        return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }
}
