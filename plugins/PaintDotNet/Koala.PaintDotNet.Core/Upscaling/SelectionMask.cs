using Koala.Client;
using Koala.Client.Layers;
using Koala.PaintDotNet.Layers;

namespace Koala.PaintDotNet.Upscaling;

/// <summary>The selection's mask, enlarged with the picture, row by row: what is half selected is half transparent in the new image.</summary>
internal sealed class SelectionMask
{
    private readonly RowEnlarger _enlarger;
    private readonly float[] _row;

    private SelectionMask(LayerSource layer, PixelRegion part, int scale)
    {
        var mask = new byte[part.Width];
        _enlarger = new RowEnlarger(part.Width, part.Height, channels: 1, scale, limited: true, (y, row) =>
        {
            layer.ReadMask(part with { Y = part.Y + y, Height = 1 }, mask);
            for (var x = 0; x < mask.Length; x++)
                row[x] = mask[x] / 255f;
        });
        _row = new float[part.Width * scale];
    }

    /// <summary>The mask of a part of the layer; null where all of it is selected.</summary>
    public static SelectionMask? Of(LayerSource layer, PixelRegion part, int scale)
    {
        var mask = new byte[part.Width];
        for (var y = part.Y; y < part.Bottom; y++)
        {
            layer.ReadMask(part with { Y = y, Height = 1 }, mask);
            if (mask.AsSpan().ContainsAnyExcept((byte)255))
                return new SelectionMask(layer, part, scale);
        }
        return null;
    }

    /// <summary>Makes the next row of the enlarged image as transparent as it is not selected.</summary>
    public void Apply(Span<byte> bgra)
    {
        _enlarger.Next(_row);
        for (var x = 0; x < _row.Length; x++)
        {
            ref var alpha = ref bgra[x * Bgra.PixelBytes + 3];
            alpha = (byte)(alpha * _row[x] + 0.5f);
        }
    }
}
