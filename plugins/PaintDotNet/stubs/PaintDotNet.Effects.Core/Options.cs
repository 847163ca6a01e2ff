using PaintDotNet.AppModel;

namespace PaintDotNet.Effects;

public record EffectOptionsBase : PluginOptions
{
    public bool IsConfigurable { get; set; }
}

public abstract record BitmapEffectOptionsFactory : EffectOptionsBase
{
    public static BitmapEffectOptions Create() => new();
}

public record BitmapEffectOptions : BitmapEffectOptionsFactory
{
    internal BitmapEffectOptions()
    {
    }
}
