namespace PaintDotNet.Imaging;

public interface IPixelInfo : IInternalImpl;

public interface INaturalPixelInfo : IPixelInfo;

public interface INaturalPixelInfo<TPixel> : INaturalPixelInfo, IEquatable<TPixel>
    where TPixel : unmanaged, INaturalPixelInfo<TPixel>;

public record struct ColorBgra32(byte B, byte G, byte R, byte A) : INaturalPixelInfo<ColorBgra32>;

public record struct ColorAlpha8(byte A) : INaturalPixelInfo<ColorAlpha8>;

public readonly record struct PixelFormat
{
    internal PixelFormat(string name) => Name = name;

    internal string Name { get; }
}

public static class PixelFormats
{
    public static PixelFormat Bgra32 { get; } = new("Bgra32");
}
