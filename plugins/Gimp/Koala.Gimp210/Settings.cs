namespace Koala.Gimp210;

/// <summary>What scripts may choose; GIMP checks nothing of it.</summary>
internal sealed record Settings
{
    /// <param name="strength">Share of the network's picture, 0 to 1; the rest is the layer itself.</param>
    /// <param name="keepBlur">Where the layer is blurred on purpose, share of the network's picture that gives way to the layer itself, 0 to 1.</param>
    /// <exception cref="PlugInException">A value is out of its range.</exception>
    public Settings(double strength, double keepBlur)
    {
        if (!(strength is >= 0 and <= 1))
            throw new PlugInException($"strength is 0 to 1, not {strength}");
        if (!(keepBlur is >= 0 and <= 1))
            throw new PlugInException($"keep-blur is 0 to 1, not {keepBlur}");
        (Strength, KeepBlur) = (strength, keepBlur);
    }

    /// <summary>The network's picture alone: what menu entries do.</summary>
    public static Settings Default { get; } = new(1, 0);

    public double Strength { get; }

    public double KeepBlur { get; }
}
