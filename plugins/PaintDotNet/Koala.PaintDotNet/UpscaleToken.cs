using PaintDotNet.Effects;

namespace Koala.PaintDotNet;

/// <summary>Holds nothing: the layer stays as it is, and settings are remembered in a file.</summary>
public sealed class UpscaleToken : EffectConfigToken
{
    /// <inheritdoc/>
    public override object Clone() => new UpscaleToken();
}
