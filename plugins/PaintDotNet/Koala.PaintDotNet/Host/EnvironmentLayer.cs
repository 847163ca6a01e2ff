using Koala.Client;
using Koala.PaintDotNet.Layers;
using PaintDotNet.Effects;
using PaintDotNet.Imaging;
using PaintDotNet.Rendering;

namespace Koala.PaintDotNet.Host;

/// <summary>The host's layer as the core reads it. Disposed of it cannot be read; it waits for those who are reading.</summary>
internal sealed unsafe class EnvironmentLayer : IDisposable
{
    private readonly ReaderWriterLockSlim _gate = new();
    private readonly IEffectInputBitmap<ColorBgra32> _pixels;
    private readonly IBitmapEffectEnvironment _environment;
    private bool _disposed;

    public EnvironmentLayer(IBitmapEffectEnvironment environment)
    {
        _environment = environment;
        // Bgra32: formats of floating point would be in linear light.
        _pixels = environment.GetSourceBitmapBgra32();
        var (size, context) = (environment.Document.Size, environment.Document.ColorContext);
        Source = new LayerSource
        {
            Width = size.Width,
            Height = size.Height,
            Selection = Region(environment.Selection.RenderBounds),
            Read = (area, bgra) => Copy(_pixels, area, bgra, sizeof(ColorBgra32)),
            ReadMask = (area, mask) => Copy(_environment.Selection.MaskBitmap, area, mask, sizeof(ColorAlpha8)),
            ColourProfile = context.Type == ColorContextType.Profile ? context.GetProfileBytes() : default,
        };
    }

    /// <summary>For the core.</summary>
    public LayerSource Source { get; }

    /// <summary>A rectangle of the host's.</summary>
    public static PixelRegion Region(RectInt32 rect) => new(rect.X, rect.Y, rect.Width, rect.Height);

    public void Dispose()
    {
        _gate.EnterWriteLock();
        try
        {
            _disposed = true;
            _pixels.Dispose();
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    private void Copy(IBitmapSource bitmap, PixelRegion area, Span<byte> pixels, int pixelBytes)
    {
        _gate.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            fixed (byte* first = pixels)
                bitmap.CopyPixels(first, area.Width * pixelBytes, (uint)pixels.Length, new RectInt32(area.X, area.Y, area.Width, area.Height));
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }
}
