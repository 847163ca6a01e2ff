using static Koala.Gimp210.Native.LibGegl;
using static Koala.Gimp210.Native.LibGimp;

namespace Koala.Gimp210;

/// <summary>One menu entry: GIMP 2.10 has no dialogs that come for free, so there is an entry for every choice.</summary>
/// <param name="Name">In GIMP's procedure browser.</param>
/// <param name="MenuLabel">In Filters ▸ Enhance.</param>
/// <param name="Blurb">What it does.</param>
/// <param name="Scale">2 or 4.</param>
/// <param name="SameSize">Whether the layer is changed in place instead of enlarged into a new image.</param>
internal sealed record Procedure(string Name, string MenuLabel, string Blurb, int Scale, bool SameSize)
{
    // Pixels around a selection that the network sees too, so that its border looks like the middle.
    private const int Margin = 32;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Procedure> All { get; } =
    [
        new("plug-in-koala-upscale-2", "Koala upscale ×2", "Enlarges the layer, or its part in the selection, ×2 into a new image", 2, false),
        new("plug-in-koala-upscale-4", "Koala upscale ×4", "Enlarges the layer, or its part in the selection, ×4 into a new image", 4, false),
        new("plug-in-koala-restore-detail", "Koala restore detail (same size)", "Restores detail in the layer, or in its part in the selection", 2, true),
    ];

    /// <summary>Does it; the image that holds the result.</summary>
    /// <exception cref="PlugInException">It cannot be done to this layer.</exception>
    /// <exception cref="Client.KoalaException">The worker could not do it.</exception>
    public int Run(int image, int layer, double strength)
    {
        Check(image, layer);
        if (DrawableMaskIntersect(layer, out var x, out var y, out var width, out var height) == 0)
            throw new PlugInException("The selection does not touch this layer.");
        Init(0, 0);
        var (left, top) = (Math.Max(0, x - Margin), Math.Max(0, y - Margin));
        var sent = new Rectangle(
            left, top,
            Math.Min(DrawableWidth(layer), x + width + Margin) - left, Math.Min(DrawableHeight(layer), y + height + Margin) - top);
        var pixels = new LayerPixels(image, layer);
        var result = new Exchange(pixels, layer, sent, Scale, SameSize, strength).Run();
        try
        {
            if (ImageIsValid(image) == 0 || ItemIsValid(layer) == 0)
                throw new PlugInException("The image was closed or changed while Koala worked; nothing was changed.");
            if (SameSize)
            {
                PutBack(image, layer, result, new Rectangle(x - left, y - top, width, height), new Rectangle(x, y, width, height));
                return image;
            }
            return IntoNewImage(
                image, layer, result, new Rectangle((x - left) * Scale, (y - top) * Scale, width * Scale, height * Scale));
        }
        finally
        {
            Unref(result);
        }
    }

    private void Check(int image, int layer)
    {
        if (ItemIsValid(layer) == 0 || ItemIsLayer(layer) == 0)
            throw new PlugInException("Koala works on a layer: select one, and not its mask or a channel.");
        if (ImageBaseType(image) == BaseTypeIndexed)
            throw new PlugInException("Koala works on RGB and grey layers: choose Image > Mode > RGB first.");
        if (SameSize && ItemIsGroup(layer) != 0)
            throw new PlugInException("This is a group: merge it first.");
        if (SameSize && ItemIsTextLayer(layer) != 0)
            throw new PlugInException("This is a text layer: choose Layer > Discard Text Information first.");
    }

    // The shadow is merged through the selection, feathered or not, and makes the undo step.
    private static void PutBack(int image, int layer, nint result, in Rectangle from, in Rectangle to)
    {
        _ = ImageUndoGroupStart(image);
        var shadow = DrawableGetShadowBuffer(layer);
        BufferCopy(result, from, AbyssNone, shadow, to);
        BufferFlush(shadow);
        Unref(shadow);
        _ = DrawableMergeShadow(layer, 1);
        _ = DrawableUpdate(layer, to.X, to.Y, to.Width, to.Height);
        _ = ImageUndoGroupEnd(image);
    }

    private int IntoNewImage(int image, int layer, nint result, in Rectangle part)
    {
        var type = ImageBaseType(image);
        var made = ImageNewWithPrecision(part.Width, part.Height, type, ImageGetPrecision(image));
        _ = ImageUndoDisable(made);
        if (ImageGetColorProfile(image) is var profile and not 0)
        {
            _ = ImageSetColorProfile(made, profile);
            Unref(profile);
        }
        // More pixels of the same scene: the same size on paper.
        _ = ImageGetResolution(image, out var horizontal, out var vertical);
        _ = ImageSetResolution(made, horizontal * Scale, vertical * Scale);
        _ = ImageSetUnit(made, ImageGetUnit(image));
        var layerType = 2 * type + (DrawableHasAlpha(layer) != 0 ? 1 : 0);
        var upscaled = LayerNew(made, ItemGetName(layer), part.Width, part.Height, layerType, 100, LayerModeNormal);
        _ = ImageInsertLayer(made, upscaled, 0, 0);
        var target = DrawableGetBuffer(upscaled);
        BufferCopy(result, part, AbyssNone, target, new Rectangle(0, 0, part.Width, part.Height));
        BufferFlush(target);
        Unref(target);
        _ = DrawableUpdate(upscaled, 0, 0, part.Width, part.Height);
        _ = ImageUndoEnable(made);
        return made;
    }
}
