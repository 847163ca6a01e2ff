using PaintDotNet.ComponentModel;
using PaintDotNet.Imaging;
using PaintDotNet.Rendering;

namespace PaintDotNet.Effects;

[Flags]
public enum BitmapEffectRenderingFlags : ulong
{
    None = 0,
    UninitializedOutputBuffer = 16,
}

public enum BitmapEffectRenderingSchedule : long
{
    None = 0,
    HorizontalStrips = 1,
    SquareTiles = 2,
}

public sealed class BitmapEffectInitializeInfo;

public interface IReadOnlyBitmapEffectRenderInfo : IInternalImpl
{
    BitmapEffectRenderingFlags Flags { get; }

    PixelFormat OutputPixelFormat { get; }

    BitmapEffectRenderingSchedule Schedule { get; }
}

public interface IBitmapEffectRenderInfo : IReadOnlyBitmapEffectRenderInfo
{
    new BitmapEffectRenderingFlags Flags { get; set; }

    new PixelFormat OutputPixelFormat { get; set; }

    new BitmapEffectRenderingSchedule Schedule { get; set; }
}

public interface IBitmapEffectOutput : IInternalImpl
{
    RectInt32 Bounds { get; }

    IBitmapLock Lock(in PixelFormat pixelFormat);
}

public static class BitmapEffectOutputExtensions
{
    public static IBitmapLock<ColorBgra32> LockBgra32(this IBitmapEffectOutput output) =>
        (IBitmapLock<ColorBgra32>)output.Lock(PixelFormats.Bgra32);
}

public interface IEffectRenderer : IObjectRef, IInternalImpl
{
    IEffect Effect { get; }

    bool IsCancelRequested { get; }

    CancellationToken CancellationToken { get; }

    void CancelRendering();
}

public unsafe interface IBitmapEffectRenderer : IEffectRenderer
{
    IReadOnlyBitmapEffectRenderInfo RenderInfo { get; }

    void Initialize(BitmapEffectInitializeInfo initializeInfo);

    void SetToken(EffectConfigToken? newToken);

    void Render(void* pBuffer, int bufferStride, nint bufferSize, in PixelFormat bufferPixelFormat, RectInt32 renderRect);
}
