namespace Koala.PaintDotNet.Layers;

/// <summary>paint.net's pixels: blue, green, red, straight alpha.</summary>
internal static class Bgra
{
    /// <summary>Bytes of a pixel.</summary>
    public const int PixelBytes = 4;

    /// <summary>Exchanges red and blue in place, of four-channel pixels.</summary>
    public static void SwapRedAndBlue(Span<byte> pixels)
    {
        for (var i = 0; i + 3 < pixels.Length; i += PixelBytes)
            (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
    }
}
