using Koala.Client;

namespace Koala.PaintDotNet.Restoring;

/// <summary>The settings that the network's answer depends on. Strength is none of them: it is applied to the answer.</summary>
/// <param name="Scale">HR pixels per pixel of the layer and direction.</param>
/// <param name="KeepBlur">How much of what is blurred on purpose is left blurred.</param>
/// <param name="Precision">Arithmetic of the convolutions.</param>
internal readonly record struct NetworkSettings(int Scale, double KeepBlur, Precision Precision)
{
    public static NetworkSettings Of(EffectSettings settings) => new(settings.Scale, settings.KeepBlur, settings.Precision);
}
