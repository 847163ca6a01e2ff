using System.CommandLine.Parsing;
using System.Globalization;

namespace Koala.Client.CommandLine.Commands;

/// <summary>Reads an option's number, and says what it may be where it is another.</summary>
internal static class NumberArgument
{
    /// <summary>The number; null, and an error, where the text is none in the range.</summary>
    /// <param name="result">What was written.</param>
    /// <param name="option">Name of the option.</param>
    /// <param name="least">The least that it may be.</param>
    /// <param name="most">The most that it may be.</param>
    /// <param name="what">What it is called in the error.</param>
    public static double? Between(ArgumentResult result, string option, double least, double most, string what = "a number")
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option} is {what} from {least} to {most}, not '{text}'"));
        return null;
    }
}
