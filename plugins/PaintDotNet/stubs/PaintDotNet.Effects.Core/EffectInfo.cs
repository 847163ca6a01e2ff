namespace PaintDotNet.Effects;

/// <summary>For the test host: what stands in the menu for an effect, and makes instances of it.</summary>
internal static class EffectInfo
{
    public static TEffect CreateInstance<TEffect>(IServiceProvider services, IBitmapEffectEnvironment environment)
        where TEffect : EffectBase, new()
    {
        var effect = new TEffect();
        effect.Attach(services, environment);
        return effect;
    }
}
