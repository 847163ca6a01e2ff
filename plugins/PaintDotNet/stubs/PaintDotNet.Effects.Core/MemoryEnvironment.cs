using PaintDotNet.ComponentModel;
using PaintDotNet.Imaging;
using PaintDotNet.Rendering;

namespace PaintDotNet.Effects;

/// <summary>For the test host: a layer, and what is selected of it.</summary>
internal sealed class MemoryEnvironment(SizeInt32 size, ColorBgra32[] layer, RectInt32? selection = null, ColorAlpha8[]? mask = null, byte[]? profile = null)
    : RefTrackedObject, IBitmapEffectEnvironment, IBitmapEffectDocumentInfo, IBitmapEffectSelectionInfo
{
    private readonly MemoryImagingFactory _factory = new();
    private InputBitmap<ColorAlpha8>? _mask;

    /// <summary>Parts of the layer that were read.</summary>
    public List<RectInt32> Read { get; } = [];

    public SizeInt32 Size => size;

    public IColorContext ColorContext { get; } = new MemoryColorContext(profile ?? []);

    public RectInt32 RenderBounds => selection ?? new RectInt32(0, 0, size.Width, size.Height);

    public IEffectInputBitmap<ColorAlpha8> MaskBitmap => _mask ??= new InputBitmap<ColorAlpha8>(size, mask ?? RectangularMask());

    public IImagingFactory ImagingFactory => _factory;

    public IBitmapEffectDocumentInfo Document => this;

    public IBitmapEffectSelectionInfo Selection => this;

    IEffectDocumentInfo IEffectEnvironment.Document => this;

    IEffectSelectionInfo IEffectEnvironment.Selection => this;

    public IEffectInputBitmap<ColorBgra32> OpenSource() => new InputBitmap<ColorBgra32>(size, layer)
    {
        Reading = rect =>
        {
            lock (Read)
                Read.Add(rect);
        },
    };

    private ColorAlpha8[] RectangularMask()
    {
        var pixels = new ColorAlpha8[size.Width * size.Height];
        var bounds = RenderBounds;
        for (var y = bounds.Y; y < bounds.Y + bounds.Height; y++)
            pixels.AsSpan(y * size.Width + bounds.X, bounds.Width).Fill(new ColorAlpha8(255));
        return pixels;
    }

    private sealed class InputBitmap<TPixel>(SizeInt32 size, TPixel[] pixels) : MemoryBitmap<TPixel>(size, pixels), IEffectInputBitmap<TPixel>
        where TPixel : unmanaged, INaturalPixelInfo;
}
