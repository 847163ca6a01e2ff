using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>Continues images beyond their border by reflection, the edge pixel repeated, as often as it takes.</summary>
public static class Reflection
{
    /// <summary>A border at least as wide as <paramref name="halo"/> that keeps the network's pooling grid in place.</summary>
    public static int Border(int halo) =>
        (halo + InferenceModel.Alignment - 1) / InferenceModel.Alignment * InferenceModel.Alignment;

    /// <summary>
    /// The border behind <paramref name="length"/> pixels that goes on to the end of the pooling grid: zeros there show at the image's edge.
    /// </summary>
    public static int BorderAfter(long length, int halo) =>
        Border(halo) + (int)((InferenceModel.Alignment - length % InferenceModel.Alignment) % InferenceModel.Alignment);

    /// <summary><c>(N, C, H, W) → (N, C, top + H + bottom, left + W + right)</c>.</summary>
    public static Tensor Pad(Tensor image, int top, int bottom, int left, int right)
    {
        using var rows = Indices(image.shape[2], top, bottom, image.device);
        using var columns = Indices(image.shape[3], left, right, image.device);
        using var tall = image.index_select(2, rows);
        return tall.index_select(3, columns);
    }

    private static Tensor Indices(long length, int before, int after, Device device)
    {
        var indices = new long[before + length + after];
        for (var i = 0; i < indices.Length; i++)
        {
            // Period 2·length: the image forwards, then backwards.
            var place = ((i - before) % (2 * length) + 2 * length) % (2 * length);
            indices[i] = Math.Min(place, 2 * length - 1 - place);
        }

        return tensor(indices, device: device);
    }
}
