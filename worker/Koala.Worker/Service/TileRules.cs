using Koala.Network;
using Koala.Protocol.V1;
using Koala.Worker.Inference;

namespace Koala.Worker.Service;

/// <summary>What a tile must fulfil before anything is allocated for it.</summary>
internal sealed class TileRules(PixelFormat format, int maxSide, InferenceOptions options)
{
    /// <summary>Kernels that one tile may ask for: a grid of every sixteenth pixel of the largest tile.</summary>
    private const int MostKernels = 4096;

    private readonly int _bytesPerPixel = PixelConversion.BytesPerPixel(format);

    /// <summary>What a tile may take of the device's memory. Default: any.</summary>
    public MemoryLimit? Memory { get; init; }

    /// <exception cref="ArgumentException">The tile breaks a rule; the text has the expected and the actual values.</exception>
    public TileWork Check(Tile tile)
    {
        if (tile.Width < 1 || tile.Width > maxSide || tile.Height < 1 || tile.Height > maxSide)
            throw new ArgumentException($"size: expected sides of 1 to {maxSide}, got {tile.Width}x{tile.Height}");
        if (Memory is { } memory && (long)tile.Width * tile.Height > memory.Pixels)
            throw new ArgumentException(
                $"size: {tile.Width}x{tile.Height} pixels take {(long)tile.Width * tile.Height * MemoryLimit.BytesPerPixel >> 20} MiB of the device's memory, "
                + $"expected at most {memory.Mebibytes} (--max-memory), {memory.Pixels} pixels");
        var bytes = tile.Width * tile.Height * _bytesPerPixel;
        if (tile.Pixels.Length != bytes)
            throw new ArgumentException(
                $"pixels: expected {tile.Width}x{tile.Height}x{_bytesPerPixel} = {bytes} bytes, got {tile.Pixels.Length}");
        if (!PixelConversion.IsFinite(tile.Pixels.Span, format))
            throw new ArgumentException("pixels: expected finite floats, got NaN or infinity");
        return new TileWork(tile.Pixels.Memory, format, Wanted(tile))
        {
            MeanKernel = options.Kernels,
            KeepBlurMask = Mask(tile),
            KernelsAt = KernelsAt(tile),
        };
    }

    private ReadOnlyMemory<byte> Mask(Tile tile)
    {
        if (tile.KeepBlurMask.Length == 0)
            return default;
        if (options.KeepBlur == 0)
            throw new ArgumentException("keep_blur_mask: expected none where options.keep_blur is 0");
        return tile.KeepBlurMask.Length == tile.Width * tile.Height
            ? tile.KeepBlurMask.Memory
            : throw new ArgumentException($"keep_blur_mask: expected {tile.Width}x{tile.Height} bytes, got {tile.KeepBlurMask.Length}");
    }

    private (int, int)[] KernelsAt(Tile tile)
    {
        if (tile.KernelsAt.Count > MostKernels)
            throw new ArgumentException($"kernels_at: expected at most {MostKernels} pixels, got {tile.KernelsAt.Count}");
        if (tile.KernelsAt.FirstOrDefault(point => point.X >= tile.Width || point.Y >= tile.Height) is { } outside)
            throw new ArgumentException($"kernels_at: expected pixels inside {tile.Width}x{tile.Height}, got ({outside.X}, {outside.Y})");
        if (tile.KernelsAt.Count > 0 && options.SmoothLevels > 0)
            throw new ArgumentException("kernels_at: expected none where options.smooth_levels is above 0");
        return [.. tile.KernelsAt.Select(point => ((int)point.X, (int)point.Y))];
    }

    private static WantedRegion Wanted(Tile tile)
    {
        if (tile.Wanted is not { } wanted)
            return new WantedRegion(0, 0, (int)tile.Width, (int)tile.Height);
        // In 64 bits, as a sum of two fields may pass 32.
        if (wanted.Width == 0 || wanted.Height == 0
            || (ulong)wanted.X + wanted.Width > tile.Width || (ulong)wanted.Y + wanted.Height > tile.Height)
            throw new ArgumentException(
                $"wanted: expected a region inside {tile.Width}x{tile.Height}, "
                + $"got {wanted.Width}x{wanted.Height} at ({wanted.X}, {wanted.Y})");
        return new WantedRegion((int)wanted.X, (int)wanted.Y, (int)wanted.Width, (int)wanted.Height);
    }
}
