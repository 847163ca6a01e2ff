using PaintDotNet.PropertySystem;

namespace PaintDotNet.IndirectUI;

public enum ControlInfoPropertyNames
{
    DisplayName = 0,
    Description = 1,
    SliderSmallChange = 6,
    SliderLargeChange = 9,
    UpDownIncrement = 12,
    WindowTitle = 21,
    Footnote = 28,
    WindowHelpContentType = 32,
    WindowHelpContent = 33,
}

public enum PropertyControlType
{
    Slider = 3,
    DropDown = 5,
    RadioButton = 7,
}

public enum WindowHelpContentType
{
    None = 0,
    PlainText = 1,
}

public abstract class ControlInfo
{
    internal List<PropertyControlInfo> Controls { get; } = [];

    public PropertyControlInfo? FindControlForPropertyName(object propertyName) =>
        Controls.Find(control => control.Property.Name == propertyName.ToString());

    public bool SetPropertyControlType(object propertyName, PropertyControlType newControlType)
    {
        if (FindControlForPropertyName(propertyName) is not { } control)
            return false;
        control.Type = newControlType;
        return true;
    }

    public static ControlInfo CreateDefaultConfigUI(IEnumerable<Property> properties)
    {
        var panel = new PanelControlInfo();
        panel.Controls.AddRange(properties.Select(PropertyControlInfo.CreateFor));
        return panel;
    }
}

public sealed class PanelControlInfo : ControlInfo;

public sealed class PropertyControlInfo : ControlInfo
{
    private readonly Dictionary<object, string> _displayNames = [];

    private PropertyControlInfo(Property property) => Property = property;

    public Property Property { get; }

    internal PropertyControlType? Type { get; set; }

    internal Dictionary<ControlInfoPropertyNames, object?> Values { get; } = [];

    public static PropertyControlInfo CreateFor(Property property) => new(property);

    public void SetValueDisplayName(object value, string displayName) => _displayNames[value] = displayName;

    public string GetValueDisplayName(object value) => _displayNames.TryGetValue(value, out var name) ? name : value.ToString()!;
}

public static class ControlInfoExtensions
{
    public static bool SetPropertyControlValue(
        this ControlInfo controlInfo, object propertyName, ControlInfoPropertyNames controlPropertyName, object? propertyValue)
    {
        if (controlInfo.FindControlForPropertyName(propertyName) is not { } control)
            return false;
        control.Values[controlPropertyName] = propertyValue;
        return true;
    }
}
