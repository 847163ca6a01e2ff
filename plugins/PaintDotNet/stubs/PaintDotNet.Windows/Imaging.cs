using PaintDotNet.ComponentModel;
using PaintDotNet.Rendering;

namespace PaintDotNet.Imaging;

[Flags]
public enum BitmapLockOptions
{
    Read = 1,
    Write = 2,
    ReadWrite = Read | Write,
}

public enum ColorContextType
{
    Uninitialized = 0,
    Profile = 1,
    ExifColorSpace = 2,
}

public interface IColorContext : IObjectRef, IInternalImpl
{
    ColorContextType Type { get; }

    ReadOnlyMemory<byte> GetProfileBytes();
}

public unsafe interface IBitmapSource : IObjectRef
{
    SizeInt32 Size { get; }

    void CopyPixels(void* pBuffer, int bufferStride, uint bufferSize, in RectInt32? srcRect);
}

public interface IBitmapSource<TPixel> : IBitmapSource
    where TPixel : unmanaged, INaturalPixelInfo;

public unsafe interface IBitmapLock : IObjectRef
{
    void* Buffer { get; }

    int BufferStride { get; }

    uint BufferSize { get; }

    SizeInt32 Size { get; }
}

public unsafe interface IBitmapLock<TPixel> : IBitmapLock
    where TPixel : unmanaged, INaturalPixelInfo
{
    new TPixel* Buffer { get; }
}

public interface IBitmap : IBitmapSource
{
    IBitmapLock Lock(RectInt32 rect, BitmapLockOptions lockOptions);
}

public interface IImagingFactory : IObjectRef, IInternalImpl
{
    IBitmap CreateBitmap(int width, int height, in PixelFormat pixelFormat);
}
