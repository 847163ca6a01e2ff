using System.CommandLine;
using System.Globalization;
using Koala.Client.CommandLine.Sheets;

namespace Koala.Client.CommandLine.Commands;

/// <summary>The options for looking at a part of a photograph before all of it is enlarged.</summary>
/// <param name="settings">Options whose values a sheet can compare.</param>
internal sealed class PreviewOptions(IEnumerable<Option> settings)
{
    private readonly string[] _settings = [.. settings.Select(option => option.Name.TrimStart('-'))];

    private readonly Option<PixelRegion?> _preview = new("--preview")
    {
        Description = "Enlarge only a part of PHOTO, in pixels of the upright picture from its upper left corner: exactly what the whole OUT would show there.",
        HelpName = "X,Y,WIDTH,HEIGHT",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Region(text) is { } region)
                return region;
            result.AddError($"--preview is x,y,width,height in pixels of PHOTO, such as 100,80,200,150, not '{text}'");
            return null;
        },
    };

    private readonly Option<SheetAxis[]> _sheet = new("--sheet")
    {
        Description = "Make OUT a contact sheet instead: the part, or the middle of PHOTO, with each value of a setting; a second --sheet adds rows. "
            + "Values that hold commas are separated by semicolons.",
        HelpName = "SETTING=VALUE,VALUE",
    };

    /// <summary>Adds --preview and --sheet.</summary>
    public void AddTo(Command command)
    {
        _sheet.CustomParser = result =>
        {
            var axes = result.Tokens.Select(token => SheetAxis.TryParse(token.Value)).ToArray();
            if (Array.FindIndex(axes, axis => axis is null || !_settings.Contains(axis.Option)) is var wrong and >= 0)
            {
                result.AddError(
                    $"--sheet is a setting and its values, such as scale=2,4, not '{result.Tokens[wrong].Value}'; settings are {string.Join(", ", _settings)}");
            }
            else if (axes.Length > 2 || axes.DistinctBy(axis => axis!.Option).Count() < axes.Length)
            {
                result.AddError("--sheet is for one setting, or for two different ones: columns and rows");
            }
            return [.. axes.OfType<SheetAxis>()];
        };
        command.Add(_preview);
        command.Add(_sheet);
    }

    /// <summary>The settings that a sheet compares; empty where none is wanted.</summary>
    public IReadOnlyList<SheetAxis> Sheet(ParseResult parsed) => parsed.GetValue(_sheet) ?? [];

    /// <summary>The part that is enlarged; null for all.</summary>
    public PixelRegion? Preview(ParseResult parsed) => parsed.GetValue(_preview);

    private static PixelRegion? Region(string text)
    {
        var numbers = new List<int>();
        foreach (var part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var number))
                return null;
            numbers.Add(number);
        }
        return numbers is [var x, var y, var width and > 0, var height and > 0] ? new PixelRegion(x, y, width, height) : null;
    }
}
