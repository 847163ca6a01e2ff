using Koala.Client;
using Koala.PaintDotNet.Layers;

namespace Koala.PaintDotNet.Restoring;

/// <summary>
/// Divides what is selected into cells, each of which is one tile for the worker. Cells depend on the layer and the worker alone, not on what
/// the host asks for, so that a pixel comes out the same whatever tile of the host's it is in.
/// </summary>
internal sealed class CellGrid
{
    // A part of the picture is to appear every few seconds, also on a processor.
    private const int LongestSide = 256;
    private const int ShortestSide = 16;

    private readonly PixelRegion _bounds;
    private readonly int _width;
    private readonly int _height;

    /// <summary>Prepares the grid.</summary>
    /// <param name="selection">What is to be covered, in pixels of the layer.</param>
    /// <param name="preferredTileSide">Side at which the worker works best, halo included.</param>
    /// <param name="model">The model that is used.</param>
    public CellGrid(PixelRegion selection, int preferredTileSide, WorkerModel model)
    {
        var alignment = Math.Max(1, model.Alignment);
        Halo = Regions.Ceiling(model.Halo, alignment);
        _bounds = selection.AlignOutwards(alignment);
        var side = Math.Clamp(preferredTileSide - 2 * Halo, ShortestSide, LongestSide);
        (_width, _height) = (Step(_bounds.Width, side, alignment), Step(_bounds.Height, side, alignment));
    }

    /// <summary>Pixels that the network needs to see around a cell.</summary>
    public int Halo { get; }

    /// <summary>The cells that share pixels with a rectangle. They may reach beyond the layer, by less than the model's alignment.</summary>
    public IEnumerable<PixelRegion> CellsOf(PixelRegion rectangle)
    {
        var asked = rectangle.Intersect(_bounds);
        if (asked.Width == 0 || asked.Height == 0)
            yield break;
        for (var row = (asked.Y - _bounds.Y) / _height; row <= (asked.Bottom - 1 - _bounds.Y) / _height; row++)
            for (var column = (asked.X - _bounds.X) / _width; column <= (asked.Right - 1 - _bounds.X) / _width; column++)
                yield return new PixelRegion(_bounds.X + column * _width, _bounds.Y + row * _height, _width, _height).Intersect(_bounds);
    }

    // Even parts: no cell is left with a tiny rest.
    private static int Step(int length, int side, int alignment)
    {
        var count = (length + side - 1) / side;
        return Regions.Ceiling((length + count - 1) / count, alignment);
    }
}
