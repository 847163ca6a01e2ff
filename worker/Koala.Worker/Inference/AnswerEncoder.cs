using System.Runtime.InteropServices;
using Koala.Network;
using Koala.Protocol.V1;
using static TorchSharp.torch;

namespace Koala.Worker.Inference;

/// <summary>Cuts what a tile asked for out of a batch's tensors and encodes it.</summary>
internal static class AnswerEncoder
{
    /// <summary>The answer to a tile; null where a value is not finite.</summary>
    /// <param name="result">Of the whole batch.</param>
    /// <param name="lr">(N, 3, H, W) in [-1, 1]: what it was made of.</param>
    /// <param name="part">What of the tiles the result holds.</param>
    /// <param name="n">Number of the tile in the batch.</param>
    /// <param name="tile">What it asked for.</param>
    /// <param name="scale">HR pixels per LR pixel and direction.</param>
    public static TileAnswer? Encode(InferenceResult result, Tensor lr, ImagePart part, int n, TileWork tile, int scale)
    {
        using var scope = NewDisposeScope();
        var wanted = tile.Wanted with { X = tile.Wanted.X - (int)part.X, Y = tile.Wanted.Y - (int)part.Y };
        var answer = new TileAnswer();
        if (result.Hr is { } hr)
        {
            if (ToPixels(Cut(hr[n], wanted, scale), tile.Format) is not { } pixels)
                return null;
            answer = answer with { Pixels = pixels };
        }
        if (result.Rebuilt is { } rebuilt)
        {
            var wantedRebuilt = Cut(rebuilt[n], wanted, 1);
            if (ToPixels(wantedRebuilt, PixelFormat.RgbF32) is not { } pixels)
                return null;
            // Network values are twice as far apart as those from black to white.
            var error = (wantedRebuilt - Cut(lr[n], tile.Wanted, 1)).Squared().mean().item<float>() / 4;
            answer = answer with { Rebuilt = pixels, MeanSquaredError = error };
        }
        if (result.Covariances is { } covariances)
            answer = answer with { Covariances = ToBytes(Cut(covariances[n], wanted, 1)) };
        if (result.Kernels is { } kernels)
        {
            if (tile.MeanKernel)
                answer = answer with { MeanKernel = ToBytes(Inside(kernels[n], wanted, 1).mean([1, 2])) };
            if (tile.KernelsAt.Count > 0)
                answer = answer with { Kernels = ToBytes(stack(tile.KernelsAt.Select(at => kernels[n].select(2, at.X).select(1, at.Y)))) };
        }
        return IsFinite(answer) ? answer : null;
    }

    /// <summary>The memory of a contiguous float tensor on the CPU, valid as long as the tensor.</summary>
    public static Span<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private static Tensor Inside(Tensor image, WantedRegion wanted, int scale) =>
        image.narrow(1, wanted.Y * scale, wanted.Height * scale).narrow(2, wanted.X * scale, wanted.Width * scale);

    /// <summary>(C, H, W) → the wanted region (H, W, C), contiguous.</summary>
    private static Tensor Cut(Tensor image, WantedRegion wanted, int scale) => Inside(image, wanted, scale).permute(1, 2, 0).contiguous();

    private static byte[]? ToPixels(Tensor values, PixelFormat format)
    {
        var pixels = GC.AllocateUninitializedArray<byte>((int)values.numel() / 3 * PixelConversion.BytesPerPixel(format));
        return PixelConversion.Encode(Values(values), format, pixels) ? pixels : null;
    }

    private static byte[] ToBytes(Tensor values)
    {
        using var whole = values.contiguous();
        return whole.bytes.ToArray();
    }

    private static bool IsFinite(TileAnswer answer) =>
        new[] { answer.Covariances, answer.MeanKernel, answer.Kernels }.All(floats => PixelConversion.IsFinite(floats, PixelFormat.RgbF32));
}
