using Koala.Client;

namespace Koala.Benchmarks;

/// <summary>A picture whose pixels lie in memory, so that no file is read or written while it is enlarged.</summary>
/// <param name="pixels">RGB, 8 bits.</param>
/// <param name="width">In pixels.</param>
/// <param name="height">In pixels.</param>
internal sealed class MemoryPicture(byte[] pixels, int width, int height)
{
    /// <summary>What enlarges it, with the defaults; nobody keeps the result.</summary>
    public UpscaleJob Job { get; } = new()
    {
        Width = width,
        Height = height,
        PixelFormat = PixelFormat.RgbU8,
        ReadRows = (y, count, rows, _) =>
        {
            pixels.AsMemory(3 * width * y, 3 * width * count).CopyTo(rows);
            return ValueTask.CompletedTask;
        },
        WriteRows = (_, _, _, _) => ValueTask.CompletedTask,
    };
}
