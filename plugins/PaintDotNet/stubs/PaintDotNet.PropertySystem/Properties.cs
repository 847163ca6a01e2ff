using System.Collections;

namespace PaintDotNet.PropertySystem;

public abstract class Property(object name, object? defaultValue) : ICloneable
{
    private object? _value = defaultValue;

    public string Name { get; } = name.ToString()!;

    public object? DefaultValue { get; } = defaultValue;

    public object? Value
    {
        get => _value;
        set => _value = OnClampNewValue(value);
    }

    public abstract Property Clone();

    object ICloneable.Clone() => Clone();

    protected abstract object? OnClampNewValue(object? newValue);

    protected T WithValue<T>(T clone)
        where T : Property
    {
        clone._value = _value;
        return clone;
    }
}

public abstract class Property<T>(object name, T defaultValue) : Property(name, defaultValue)
{
    public new T Value
    {
        get => (T)base.Value!;
        set => base.Value = value;
    }
}

public abstract class ScalarProperty<T>(object name, T defaultValue) : Property<T>(name, defaultValue)
    where T : struct, IComparable<T>;

public sealed class Int32Property(object name, int defaultValue, int minValue, int maxValue) : ScalarProperty<int>(name, defaultValue)
{
    public override Property Clone() => WithValue(new Int32Property(Name, (int)DefaultValue!, minValue, maxValue));

    protected override object? OnClampNewValue(object? newValue) => Math.Clamp((int)newValue!, minValue, maxValue);
}

public sealed class StaticListChoiceProperty(object name, object[] valueChoices, int defaultChoiceIndex)
    : Property<object>(name, valueChoices[defaultChoiceIndex])
{
    public object[] ValueChoices => [.. valueChoices];

    public override Property Clone() => WithValue(new StaticListChoiceProperty(Name, valueChoices, defaultChoiceIndex));

    // As documented: what is no choice is ignored.
    protected override object? OnClampNewValue(object? newValue) => valueChoices.Contains(newValue) ? newValue : Value;
}

public sealed class StringProperty(object name, string defaultValue) : Property<string>(name, defaultValue)
{
    public override Property Clone() => WithValue(new StringProperty(Name, (string)DefaultValue!));

    protected override object? OnClampNewValue(object? newValue) => newValue;
}

public sealed class PropertyCollection(IEnumerable<Property> properties) : IEnumerable<Property>, ICloneable
{
    private readonly List<Property> _properties = [.. properties];

    public Property? this[object propertyName] => _properties.Find(property => property.Name == propertyName.ToString());

    public PropertyCollection Clone() => new(_properties.Select(property => property.Clone()));

    object ICloneable.Clone() => Clone();

    public IEnumerator<Property> GetEnumerator() => _properties.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
