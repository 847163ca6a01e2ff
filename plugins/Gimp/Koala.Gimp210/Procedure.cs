using static Koala.Gimp210.Native.LibGegl;
using static Koala.Gimp210.Native.LibGimp;

namespace Koala.Gimp210;

/// <summary>One menu entry: GIMP 2.10 has no dialogs that come for free, so there is an entry for every choice.</summary>
/// <param name="Name">In GIMP's procedure browser.</param>
/// <param name="MenuLabel">In Filters ▸ Enhance; its key in the menu comes after <c>_</c>.</param>
/// <param name="Blurb">What it does.</param>
/// <param name="Scale">2 or 4.</param>
/// <param name="SameSize">Whether the layer is changed in place instead of enlarged into a new image.</param>
internal sealed record Procedure(string Name, string MenuLabel, string Blurb, int Scale, bool SameSize)
{
    // Pixels around a selection that the network sees too, as many as the halo of the weights, so that its border looks like the middle.
    private const int Margin = 48;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Procedure> All { get; } =
    [
        new("plug-in-koala-upscale-2", "Koala upscale ×_2", "Enlarges the layer, or its part in the selection, ×2 into a new image", 2, false),
        new("plug-in-koala-upscale-4", "Koala upscale ×_4", "Enlarges the layer, or its part in the selection, ×4 into a new image", 4, false),
        new("plug-in-koala-restore-detail", "K_oala restore detail (same size)", "Restores detail in the layer, or in its part in the selection", 2, true),
    ];

    /// <summary>Does it; the image that holds the result.</summary>
    /// <exception cref="PlugInException">It cannot be done to this layer.</exception>
    /// <exception cref="Client.KoalaException">The worker could not do it.</exception>
    public int Run(int image, int layer, Settings settings)
    {
        Check(image, layer);
        if (DrawableMaskIntersect(layer, out var x, out var y, out var width, out var height) == 0)
            throw new PlugInException("The selection does not touch this layer.");
        Init(0, 0);
        var (left, top) = (Math.Max(0, x - Margin), Math.Max(0, y - Margin));
        var sent = new Rectangle(
            left, top,
            Math.Min(DrawableWidth(layer), x + width + Margin) - left, Math.Min(DrawableHeight(layer), y + height + Margin) - top);
        var before = State(layer);
        var pixels = new LayerPixels(image, layer);
        var result = new Exchange(pixels, layer, sent, Scale, SameSize, settings).Run();
        try
        {
            if (ImageIsValid(image) == 0 || ItemIsValid(layer) == 0 || State(layer) != before)
                throw new PlugInException("The image was closed or changed while Koala worked; nothing was changed.");
            if (SameSize)
            {
                PutBack(layer, result, sent);
                return image;
            }
            return IntoNewImage(image, layer, result, sent, new Rectangle(x, y, width, height));
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
        if (SameSize && ItemGetLockContent(layer) != 0)
            throw new PlugInException("The pixels of this layer are locked: unlock them in the Layers dialog first.");
        if (!SameSize && LayerGetMask(layer) > 0 && (ItemIsGroup(layer) != 0 || ItemIsTextLayer(layer) != 0))
            throw new PlugInException("The mask of a group or a text layer cannot be enlarged: apply or delete the mask first.");
    }

    // What the place of the result depends on; the selection only where it goes through it.
    private (int Width, int Height, Rectangle? Selection) State(int layer)
    {
        var found = DrawableMaskIntersect(layer, out var x, out var y, out var width, out var height) != 0;
        return (DrawableWidth(layer), DrawableHeight(layer), SameSize && found ? new Rectangle(x, y, width, height) : null);
    }

    // The shadow is merged through the selection, feathered or not, and makes the undo step.
    private static void PutBack(int layer, nint result, in Rectangle place)
    {
        var (shadow, own) = (DrawableGetShadowBuffer(layer), DrawableGetBuffer(layer));
        // The selection may have become another: what it lets through beside the result is the layer itself.
        var whole = new Rectangle(0, 0, DrawableWidth(layer), DrawableHeight(layer));
        BufferCopy(own, whole, AbyssNone, shadow, whole);
        Unref(own);
        BufferCopy(result, new Rectangle(0, 0, place.Width, place.Height), AbyssNone, shadow, place);
        BufferFlush(shadow);
        Unref(shadow);
        if (DrawableMergeShadow(layer, 1) == 0)
            throw new PlugInException("GIMP did not take the result; try again on a layer that can be painted on.");
        _ = DrawableUpdate(layer, place.X, place.Y, place.Width, place.Height);
    }

    private int IntoNewImage(int image, int layer, nint result, in Rectangle sent, in Rectangle part)
    {
        var type = ImageBaseType(image);
        var (width, height) = (part.Width * Scale, part.Height * Scale);
        var made = ImageNewWithPrecision(width, height, type, ImageGetPrecision(image));
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
        if (ImageGetMetadata(image) is var metadata and not 0)
        {
            _ = ImageSetMetadata(made, metadata);
            Unref(metadata);
        }
        var upscaled = LayerGetMask(layer) > 0 ? EnlargedCopy(made, layer, part) : NewLayer(made, layer, width, height);
        var target = DrawableGetBuffer(upscaled);
        var from = new Rectangle((part.X - sent.X) * Scale, (part.Y - sent.Y) * Scale, width, height);
        BufferCopy(result, from, AbyssNone, target, new Rectangle(0, 0, width, height));
        BufferFlush(target);
        Unref(target);
        _ = DrawableUpdate(upscaled, 0, 0, width, height);
        _ = ImageUndoEnable(made);
        return made;
    }

    private static int NewLayer(int image, int like, int width, int height)
    {
        var type = 2 * ImageBaseType(image) + (DrawableHasAlpha(like) != 0 ? 1 : 0);
        var layer = LayerNew(image, ItemGetName(like), width, height, type, 100, LayerModeNormal);
        _ = ImageInsertLayer(image, layer, 0, 0);
        return layer;
    }

    // With its mask, as GIMP enlarges it.
    private int EnlargedCopy(int image, int layer, in Rectangle part)
    {
        var copy = LayerNewFromDrawable(layer, image);
        _ = ImageInsertLayer(image, copy, 0, 0);
        _ = ItemSetLockContent(copy, 0);
        _ = ItemSetLockPosition(copy, 0);
        _ = LayerSetOpacity(copy, 100);
        _ = LayerSetMode(copy, LayerModeNormal);
        _ = ItemSetVisible(copy, 1);
        _ = ContextPush();
        _ = ContextSetInterpolation(InterpolationCubic);
        var taken = LayerResize(copy, part.Width, part.Height, -part.X, -part.Y) != 0
            && LayerScale(copy, part.Width * Scale, part.Height * Scale, 0) != 0;
        _ = ContextPop();
        if (taken)
        {
            _ = LayerSetOffsets(copy, 0, 0);
            return copy;
        }
        _ = ImageDelete(image);
        throw new PlugInException("GIMP did not enlarge the layer's mask; apply or delete the mask first.");
    }
}
