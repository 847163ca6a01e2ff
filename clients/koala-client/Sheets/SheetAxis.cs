using System.CommandLine;
using System.CommandLine.Parsing;

namespace Koala.Client.CommandLine.Sheets;

/// <summary>One setting of a contact sheet, and the values that are compared.</summary>
/// <param name="Option">Name of the option without its dashes, such as <c>scale</c>.</param>
/// <param name="Values">As they would follow the option.</param>
internal sealed record SheetAxis(string Option, IReadOnlyList<string> Values)
{
    /// <summary>Reads <c>scale=2,4</c>; values that hold commas themselves are separated by semicolons.</summary>
    /// <returns>Null where the text is no such thing.</returns>
    public static SheetAxis? TryParse(string text)
    {
        var (name, values) = text.Split('=', 2) is [var left, var right] ? (left.TrimStart('-'), right) : ("", "");
        var list = values.Split(values.Contains(';') ? ';' : ',', StringSplitOptions.TrimEntries);
        return name.Length == 0 || list.Contains("") ? null : new SheetAxis(name, list);
    }

    /// <summary>The options of a call with this one set to another value.</summary>
    /// <param name="call">The call.</param>
    /// <param name="value">The value.</param>
    public ParseResult With(ParseResult call, string value)
    {
        var option = call.CommandResult.Command.Options.Single(option => option.Name == $"--{Option}");
        string[] names = [option.Name, .. option.Aliases];
        var arguments = new List<string>();
        for (var i = 0; i < call.Tokens.Count; i++)
        {
            // The option's own value goes with it.
            if (call.Tokens[i].Type == TokenType.Option && names.Contains(call.Tokens[i].Value))
            {
                i++;
                continue;
            }
            arguments.Add(call.Tokens[i].Value);
            if (call.Tokens[i].Type == TokenType.Command)
                arguments.AddRange([option.Name, value]);
        }
        return call.RootCommandResult.Command.Parse(arguments, call.Configuration);
    }
}
