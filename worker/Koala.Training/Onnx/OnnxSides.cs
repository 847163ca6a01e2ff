namespace Koala.Training.Onnx;

/// <summary>What happens at an image's sides before and after the network, for sides that are known only when it runs.</summary>
internal sealed class OnnxSides(OnnxGraph graph)
{
    /// <summary>
    /// (N, C, H, W) continued on all sides by reflection, the edge pixel repeated, as often as it takes: by <paramref name="border"/> pixels, at
    /// the bottom and at the right on to multiples of <paramref name="alignment"/>.
    /// </summary>
    public string Reflected(string x, int border, int alignment) => Reflected(Reflected(x, 2, border, alignment), 3, border, alignment);

    /// <summary>(N, C, H, W) continued by zeros at the bottom and at the right to multiples of <paramref name="alignment"/>.</summary>
    public string Aligned(string x, int alignment)
    {
        var pads = graph.Node("Concat", [graph.Numbers(0, 0), Missing(Sides(x), alignment)], OnnxGraph.Attribute("axis", 0));
        return graph.Node("Pad", [x, pads, "", graph.Numbers(2, 3)]);
    }

    /// <summary>The part of an enlarged image that lies over <paramref name="lr"/>, which begins behind <paramref name="border"/> pixels.</summary>
    public string Cut(string hr, string lr, int scale, int border)
    {
        long start = border * scale;
        var size = graph.Node("Mul", [Sides(lr), graph.Numbers(scale)]);
        return graph.Node("Slice", [hr, graph.Numbers(start, start), graph.Node("Add", [size, graph.Numbers(start)]), graph.Numbers(2, 3)]);
    }

    // Period 2·length: the image forwards, then backwards.
    private string Reflected(string x, int axis, int border, int alignment)
    {
        var length = graph.Node("Squeeze", [graph.Node("Shape", [x], OnnxGraph.Attribute("start", axis), OnnxGraph.Attribute("end", axis + 1))]);
        var behind = graph.Node("Add", [length, graph.Number(border)]);
        var end = graph.Node("Add", [behind, Missing(behind, alignment)]);
        var places = graph.Node("Range", [graph.Number(-border), end, graph.Number(1)]);
        var period = graph.Node("Add", [length, length]);
        var forwards = graph.Node("Mod", [places, period]);
        var backwards = graph.Node("Sub", [graph.Node("Sub", [period, graph.Number(1)]), forwards]);
        return graph.Node("Gather", [x, graph.Node("Min", [forwards, backwards])], OnnxGraph.Attribute("axis", axis));
    }

    private string Missing(string lengths, int alignment) =>
        graph.Node("Mod", [graph.Node("Neg", [lengths]), graph.Number(alignment)]);

    private string Sides(string x) => graph.Node("Shape", [x], OnnxGraph.Attribute("start", 2), OnnxGraph.Attribute("end", 4));
}
