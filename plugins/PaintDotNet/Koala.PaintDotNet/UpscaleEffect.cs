using Koala.PaintDotNet.Host;
using Koala.PaintDotNet.Layers;
using Koala.PaintDotNet.Upscaling;
using PaintDotNet;
using PaintDotNet.AppModel;
using PaintDotNet.Effects;
using PaintDotNet.Imaging;

namespace Koala.PaintDotNet;

/// <summary>
/// Koala ▸ Upscale to new image. An effect cannot change the size of the canvas: the dialog makes the image and puts it on the clipboard or
/// into a file, and the effect leaves the layer as it is.
/// </summary>
public sealed class UpscaleEffect : BitmapEffect<UpscaleToken>
{
    private EnvironmentLayer? _layer;

    /// <summary>Cheap: the host makes an instance only to look at the menu.</summary>
    public UpscaleEffect()
        : base(Texts.UpscaleName, Texts.EffectSubmenu, BitmapEffectOptions.Create() with { IsConfigurable = true })
    {
    }

    private EnvironmentLayer Layer => _layer ??= new EnvironmentLayer(Environment);

    /// <summary>The dialog without its window.</summary>
    internal UpscaleDialog CreateDialog() => new(
        Layer.Source,
        new ImageOutlets(
            (width, height) => new ClipboardImage(
                Environment.ImagingFactory,
                Services.GetService<IClipboardService>() ?? throw new InvalidOperationException(Texts.NoClipboard),
                Environment.Document.ColorContext, width, height),
            path => Services.GetService<IShellService>()?.LaunchUrl(null, $"paintdotnet:\"{path}\"")));

    /// <inheritdoc/>
    protected override IEffectConfigForm OnCreateConfigForm() => new UpscaleForm();

    /// <inheritdoc/>
    protected override void OnInitializeRenderInfo(IBitmapEffectRenderInfo renderInfo)
    {
        renderInfo.OutputPixelFormat = PixelFormats.Bgra32;
        base.OnInitializeRenderInfo(renderInfo);
    }

    /// <inheritdoc/>
    protected override void OnRender(IBitmapEffectOutput output)
    {
        var bounds = EnvironmentLayer.Region(output.Bounds);
        var pixels = new byte[bounds.Width * bounds.Height * Bgra.PixelBytes];
        Layer.Source.Read(bounds, pixels);
        Tiles.Fill(output, pixels);
    }

    /// <inheritdoc/>
    protected override void OnDispose(bool disposing)
    {
        if (disposing)
            _layer?.Dispose();
        base.OnDispose(disposing);
    }
}
