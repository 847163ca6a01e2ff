using PaintDotNet.PropertySystem;

namespace PaintDotNet.Effects;

public abstract class EffectConfigToken : ICloneable
{
    protected EffectConfigToken()
    {
    }

    protected EffectConfigToken(EffectConfigToken copyMe) => ArgumentNullException.ThrowIfNull(copyMe);

    public abstract object Clone();
}

public sealed class PropertyBasedEffectConfigToken(PropertyCollection propertyCollection) : EffectConfigToken
{
    public PropertyCollection Properties { get; } = propertyCollection.Clone();

    public Property? GetProperty(object propertyName) => Properties[propertyName];

    public T? GetProperty<T>(object propertyName)
        where T : Property =>
        (T?)Properties[propertyName];

    public bool SetPropertyValue(object propertyName, object newValue)
    {
        if (Properties[propertyName] is not { } property)
            return false;
        property.Value = newValue;
        return true;
    }

    public override object Clone() => new PropertyBasedEffectConfigToken(Properties);
}
