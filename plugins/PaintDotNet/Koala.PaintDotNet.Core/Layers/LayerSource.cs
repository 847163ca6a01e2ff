using Koala.Client;

namespace Koala.PaintDotNet.Layers;

/// <summary>Reads pixels of a layer: blue, green, red and straight alpha, 8 bits each.</summary>
/// <param name="area">Inside the layer.</param>
/// <param name="bgra">Filled with its rows, without padding.</param>
internal delegate void PixelReader(PixelRegion area, Span<byte> bgra);

/// <summary>Reads the selection's mask: a byte a pixel, 0 outside, 255 inside, between where it is feathered.</summary>
/// <param name="area">Inside the layer.</param>
/// <param name="mask">Filled with its rows, without padding.</param>
internal delegate void MaskReader(PixelRegion area, Span<byte> mask);

/// <summary>The layer that an effect works on. Read by several threads at once.</summary>
internal sealed record LayerSource
{
    /// <summary>Pixels of the layer in a row.</summary>
    public required int Width { get; init; }

    /// <summary>Rows of the layer.</summary>
    public required int Height { get; init; }

    /// <summary>The smallest rectangle around what is selected; the whole layer where nothing is.</summary>
    public required PixelRegion Selection { get; init; }

    /// <summary>Delivers pixels.</summary>
    public required PixelReader Read { get; init; }

    /// <summary>Delivers the selection's mask.</summary>
    public required MaskReader ReadMask { get; init; }

    /// <summary>ICC profile of the colours; empty for sRGB.</summary>
    public ReadOnlyMemory<byte> ColourProfile { get; init; }

    /// <summary>
    /// Pixels of an area that may reach beyond the layer, where it is continued as the network was trained to see it: by reflection. Channels
    /// in the order in which a worker takes them.
    /// </summary>
    public byte[] ReadRgba(PixelRegion area)
    {
        var columns = Indices(area.X, area.Width, Width);
        var rows = Indices(area.Y, area.Height, Height);
        var inside = new PixelRegion(columns.Min(), rows.Min(), columns.Max() - columns.Min() + 1, rows.Max() - rows.Min() + 1);
        var bgra = new byte[inside.Width * inside.Height * Bgra.PixelBytes];
        Read(inside, bgra);

        var rgba = new byte[area.Width * area.Height * Bgra.PixelBytes];
        var target = 0;
        foreach (var y in rows)
        {
            var row = (y - inside.Y) * inside.Width;
            foreach (var x in columns)
            {
                var source = (row + x - inside.X) * Bgra.PixelBytes;
                (rgba[target], rgba[target + 1], rgba[target + 2], rgba[target + 3]) = (bgra[source + 2], bgra[source + 1], bgra[source], bgra[source + 3]);
                target += Bgra.PixelBytes;
            }
        }
        return rgba;
    }

    private static int[] Indices(int start, int count, int length) =>
        [.. Enumerable.Range(start, count).Select(position => Reflection.Index(position, length))];
}
