using Koala.PaintDotNet.Layers;
using PaintDotNet.Effects;

namespace Koala.PaintDotNet.Host;

/// <summary>Tiles that the host wants to have filled.</summary>
internal static unsafe class Tiles
{
    /// <summary>Puts pixels into a tile.</summary>
    /// <param name="output">The tile.</param>
    /// <param name="bgra">As many rows as the tile has, without padding.</param>
    public static void Fill(IBitmapEffectOutput output, ReadOnlySpan<byte> bgra)
    {
        using var target = output.LockBgra32();
        var rowBytes = output.Bounds.Width * Bgra.PixelBytes;
        var first = (byte*)target.Buffer;
        for (var y = 0; y < output.Bounds.Height; y++)
            bgra.Slice(y * rowBytes, rowBytes).CopyTo(new Span<byte>(first + (long)y * target.BufferStride, rowBytes));
    }
}
