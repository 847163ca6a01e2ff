using System.CommandLine;
using System.Globalization;

namespace Koala.Client.CommandLine.Commands;

/// <summary>The options for looking at a part of a photograph before all of it is enlarged.</summary>
internal sealed class PreviewOptions
{
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

    /// <summary>Adds --preview.</summary>
    public void AddTo(Command command) => command.Add(_preview);

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
