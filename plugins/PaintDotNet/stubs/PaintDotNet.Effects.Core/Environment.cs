using PaintDotNet.ComponentModel;
using PaintDotNet.Imaging;
using PaintDotNet.Rendering;

namespace PaintDotNet.Effects;

public interface IEffectDocumentInfo : IObjectRef, IInternalImpl
{
    SizeInt32 Size { get; }

    IColorContext ColorContext { get; }
}

public interface IBitmapEffectDocumentInfo : IEffectDocumentInfo;

public interface IEffectSelectionInfo : IObjectRef, IInternalImpl
{
    RectInt32 RenderBounds { get; }

    IEffectInputBitmap<ColorAlpha8> MaskBitmap { get; }
}

public interface IBitmapEffectSelectionInfo : IEffectSelectionInfo;

public interface IEffectInputBitmap : IBitmapSource, IInternalImpl;

public interface IEffectInputBitmap<TPixel> : IEffectInputBitmap, IBitmapSource<TPixel>
    where TPixel : unmanaged, INaturalPixelInfo;

public interface IEffectEnvironment : IObjectRef, IInternalImpl
{
    IEffectDocumentInfo Document { get; }

    IEffectSelectionInfo Selection { get; }
}

public interface IEffectEnvironment2 : IEffectEnvironment;

public interface IBitmapEffectEnvironment : IEffectEnvironment2
{
    new IBitmapEffectDocumentInfo Document { get; }

    new IBitmapEffectSelectionInfo Selection { get; }

    IImagingFactory ImagingFactory { get; }
}

public static class EffectEnvironmentExtensions
{
    public static IEffectInputBitmap<ColorBgra32> GetSourceBitmapBgra32(this IEffectEnvironment environment) =>
        ((MemoryEnvironment)environment).OpenSource();
}
