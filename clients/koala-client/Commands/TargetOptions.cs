using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Commands;

/// <summary>The options that say how large photographs become.</summary>
internal sealed class TargetOptions
{
    private readonly Option<double?> _scale = new("--scale", "-s")
    {
        Description = "How many times as wide and as high: any number above 0 up to 4, up to 16 with --allow-repeat. Default: 4.",
        HelpName = "FACTOR",
        CustomParser = result => Number(result, "--scale", TargetSize.LargestRepeatedScale),
    };

    private readonly Option<int?> _width = Pixels("--width", "Width of OUT; the height follows. With --height: what OUT has to fit into.");
    private readonly Option<int?> _height = Pixels("--height", "Height of OUT; the width follows.");
    private readonly Option<int?> _longest = Pixels("--longest", "The longer side of OUT.");

    private readonly Option<double?> _megapixels = new("--megapixels")
    {
        Description = "Size of OUT in millions of pixels.",
        HelpName = "MEGAPIXELS",
        CustomParser = result => Number(result, "--megapixels", 1e6),
    };

    private readonly Option<bool> _allowRepeat = new("--allow-repeat")
    {
        Description = "Go beyond 4 times by running the network on its own result.",
    };

    /// <summary>Adds --scale, --width, --height, --longest, --megapixels and --allow-repeat.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[.. Sizes, _allowRepeat])
            command.Add(option);
        command.Validators.Add(result =>
        {
            string[] named =
            [
                .. new[] { (Option)_scale, _longest, _megapixels }.Where(option => result.GetResult(option) is not null).Select(option => option.Name),
                .. result.GetResult(_width) is not null || result.GetResult(_height) is not null ? ["--width or --height"] : Array.Empty<string>(),
            ];
            if (named.Length > 1)
                result.AddError($"{named[0]} and {named[1]} name two sizes; give one of them");
        });
    }

    /// <summary>Those that name a size.</summary>
    public IReadOnlyList<Option> Sizes => [_scale, _width, _height, _longest, _megapixels];

    /// <summary>The size.</summary>
    public TargetSize Target(ParseResult parsed) => new()
    {
        Scale = parsed.GetValue(_scale),
        Width = parsed.GetValue(_width),
        Height = parsed.GetValue(_height),
        Longest = parsed.GetValue(_longest),
        Megapixels = parsed.GetValue(_megapixels),
        AllowRepeat = parsed.GetValue(_allowRepeat),
    };

    private static Option<int?> Pixels(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "PIXELS",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pixels) && pixels > 0)
                return pixels;
            result.AddError($"{name} is a number of pixels, not '{text}'");
            return null;
        },
    };

    private static double? Number(ArgumentResult result, string option, double most)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most)
            return number;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option} is a number above 0 up to {most}, not '{text}'"));
        return null;
    }
}
