using Koala.PaintDotNet.Layers;
using Koala.PaintDotNet.Upscaling;
using PaintDotNet.AppModel;
using PaintDotNet.Clipboard;
using PaintDotNet.Imaging;
using PaintDotNet.Rendering;

namespace Koala.PaintDotNet.Host;

/// <summary>An image that is put on the host's clipboard when it is complete, in the colours of its document.</summary>
internal sealed unsafe class ClipboardImage(IImagingFactory factory, IClipboardService clipboard, IColorContext colours, int width, int height) : IImageTarget
{
    private readonly IBitmap _bitmap = factory.CreateBitmap(width, height, PixelFormats.Bgra32);
    private int _rows;

    /// <inheritdoc/>
    public void WriteRows(ReadOnlySpan<byte> bgra)
    {
        var rowBytes = width * Bgra.PixelBytes;
        var count = bgra.Length / rowBytes;
        using var target = _bitmap.Lock(new RectInt32(0, _rows, width, count), BitmapLockOptions.Write);
        for (var i = 0; i < count; i++)
            bgra.Slice(i * rowBytes, rowBytes).CopyTo(new Span<byte>((byte*)target.Buffer + (long)i * target.BufferStride, rowBytes));
        _rows += count;
    }

    /// <inheritdoc/>
    public void Complete() => clipboard.SetImage(_bitmap, colours);

    public void Dispose() => _bitmap.Dispose();
}
