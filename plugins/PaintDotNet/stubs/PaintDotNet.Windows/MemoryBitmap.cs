using System.Runtime.InteropServices;
using PaintDotNet.ComponentModel;
using PaintDotNet.Rendering;

namespace PaintDotNet.Imaging;

/// <summary>For the test host: a bitmap in memory that counts how many are not disposed of.</summary>
internal unsafe class MemoryBitmap<TPixel> : RefTrackedObject, IBitmap, IBitmapSource<TPixel>
    where TPixel : unmanaged, INaturalPixelInfo
{
    private static int _live;

    public MemoryBitmap(SizeInt32 size, TPixel[] pixels)
    {
        (Size, Pixels) = (size, pixels);
        Interlocked.Increment(ref _live);
    }

    /// <summary>Bitmaps of this kind of pixel that are not disposed of.</summary>
    public static int Live => _live;

    public SizeInt32 Size { get; }

    public TPixel[] Pixels { get; }

    /// <summary>Told which part is read.</summary>
    public Action<RectInt32>? Reading { get; init; }

    public void CopyPixels(void* pBuffer, int bufferStride, uint bufferSize, in RectInt32? srcRect)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        var rect = srcRect ?? new RectInt32(0, 0, Size.Width, Size.Height);
        if (rect.X < 0 || rect.Y < 0 || rect.X + rect.Width > Size.Width || rect.Y + rect.Height > Size.Height)
            throw new ArgumentOutOfRangeException(nameof(srcRect), "The rectangle is not inside the bitmap.");
        Reading?.Invoke(rect);
        for (var y = 0; y < rect.Height; y++)
            Pixels.AsSpan((rect.Y + y) * Size.Width + rect.X, rect.Width)
                .CopyTo(new Span<TPixel>((byte*)pBuffer + (long)y * bufferStride, rect.Width));
    }

    public IBitmapLock Lock(RectInt32 rect, BitmapLockOptions lockOptions) => new PixelLock<TPixel>(Pixels, Size.Width, rect);

    protected override void Dispose(bool disposing) => Interlocked.Decrement(ref _live);
}

/// <summary>For the test host: pinned pixels.</summary>
internal sealed unsafe class PixelLock<TPixel>(TPixel[] pixels, int width, RectInt32 rect) : RefTrackedObject, IBitmapLock<TPixel>
    where TPixel : unmanaged, INaturalPixelInfo
{
    private GCHandle _pin = GCHandle.Alloc(pixels, GCHandleType.Pinned);

    public TPixel* Buffer => (TPixel*)_pin.AddrOfPinnedObject() + (long)rect.Y * width + rect.X;

    void* IBitmapLock.Buffer => Buffer;

    public int BufferStride => width * sizeof(TPixel);

    public uint BufferSize => (uint)(BufferStride * rect.Height);

    public SizeInt32 Size => new(rect.Width, rect.Height);

    protected override void Dispose(bool disposing) => _pin.Free();
}

/// <summary>For the test host.</summary>
internal sealed class MemoryImagingFactory : RefTrackedObject, IImagingFactory
{
    public IBitmap CreateBitmap(int width, int height, in PixelFormat pixelFormat) => pixelFormat == PixelFormats.Bgra32
        ? new MemoryBitmap<ColorBgra32>(new SizeInt32(width, height), new ColorBgra32[width * height])
        : throw new NotSupportedException($"The stub has bitmaps of Bgra32 alone, not of {pixelFormat}.");
}

/// <summary>For the test host: an ICC profile.</summary>
internal sealed class MemoryColorContext(byte[] profile) : RefTrackedObject, IColorContext
{
    public ColorContextType Type => profile.Length == 0 ? ColorContextType.ExifColorSpace : ColorContextType.Profile;

    public ReadOnlyMemory<byte> GetProfileBytes() => profile;
}
