namespace Koala.Client;

/// <summary>How one pixel is encoded: sRGB-encoded RGB without alpha, rows without padding. Values as in the contract.</summary>
public enum PixelFormat
{
    /// <summary>3 bytes a pixel, 0 to 255.</summary>
    RgbU8 = 1,

    /// <summary>6 bytes a pixel, little-endian, 0 to 65535.</summary>
    RgbU16 = 2,

    /// <summary>12 bytes a pixel, little-endian IEEE 754 single, 0.0 to 1.0; results are not clipped.</summary>
    RgbF32 = 3,
}

/// <summary>Sizes of the pixel formats.</summary>
public static class PixelFormatExtensions
{
    /// <summary>Bytes of one pixel.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the formats.</exception>
    public static int BytesPerPixel(this PixelFormat format) => format switch
    {
        PixelFormat.RgbU8 => 3,
        PixelFormat.RgbU16 => 6,
        PixelFormat.RgbF32 => 12,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Expected RgbU8, RgbU16 or RgbF32."),
    };
}
