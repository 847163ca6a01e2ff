using System.CommandLine;
using System.Globalization;
using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Commands;

/// <summary>The options that check whether a result explains its photograph.</summary>
internal sealed class CheckOptions
{
    private readonly Option<bool> _check = new("--check")
    {
        Description = "Blur OUT by the estimated kernels, reduce it and compare it with PHOTO, for the whole and for each tile in dB: "
            + "that proves consistency, not truth.",
    };

    private readonly Option<string?> _map = new("--check-map")
    {
        Description = "Check, and write a picture of the differences: black for none to white for 32 levels of 255 or more.",
        HelpName = "FILE",
    };

    private readonly Option<double?> _threshold = new("--check-threshold")
    {
        Description = "Check, and end with exit code 42 where the score is less; OUT is written all the same.",
        HelpName = "DB",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var decibels) && decibels <= 120)
                return decibels;
            result.AddError($"--check-threshold is a number of dB from 0 to 120, not '{text}'");
            return null;
        },
    };

    /// <summary>Adds --check, --check-map and --check-threshold.</summary>
    public void AddTo(Command command)
    {
        command.Add(_check);
        command.Add(_map);
        command.Add(_threshold);
    }

    /// <summary>Settings with what they say.</summary>
    public UpscaleSettings Settings(ParseResult parsed, UpscaleSettings settings) => settings with
    {
        Check = parsed.GetValue(_check) || parsed.GetValue(_map) is not null || parsed.GetValue(_threshold) is not null,
        CheckMap = parsed.GetValue(_map),
        CheckThreshold = parsed.GetValue(_threshold),
    };
}
