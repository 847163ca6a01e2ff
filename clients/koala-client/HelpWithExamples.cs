using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Koala.Client.CommandLine;

/// <summary>The usual help, and behind it the command's <see cref="Examples"/>.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var example in Examples.Of(parseResult.CommandResult.Command))
            output.WriteLine($"  {example}");
        output.WriteLine();
        return code;
    }
}
