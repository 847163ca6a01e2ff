using Koala.Client;

namespace Koala.PaintDotNet;

/// <summary>What the user chooses, in both effects.</summary>
internal sealed record EffectSettings
{
    /// <summary>HR pixels per pixel of the layer and direction, 2 or 4. Default: 2.</summary>
    public int Scale { get; init; } = 2;

    /// <summary>Share of the network's picture, 0 to 1; the rest is the layer itself. Default: 1.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>How much of what is blurred on purpose is left blurred, 0 to 1. Default: 0.</summary>
    public double KeepBlur { get; init; }

    /// <summary>Arithmetic of the convolutions. Default: the worker's own choice.</summary>
    public Precision Precision { get; init; }

    /// <summary>The nearest settings that are in range: a file may hold anything.</summary>
    public EffectSettings Valid() => this with
    {
        Scale = Scale >= 4 ? 4 : 2,
        Strength = double.IsFinite(Strength) ? Math.Clamp(Strength, 0, 1) : 1,
        KeepBlur = double.IsFinite(KeepBlur) ? Math.Clamp(KeepBlur, 0, 1) : 0,
        Precision = Enum.IsDefined(Precision) ? Precision : Precision.Auto,
    };
}
