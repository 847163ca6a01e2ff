using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Koala.Training.Commands;

/// <summary>All commands, with help that ends in examples.</summary>
internal static class KoalaTrainCommandLine
{
    public static RootCommand Create()
    {
        var root = new RootCommand("koala-train: trains and evaluates KOALAnet.")
        {
            DegradeCommand.Create(), TrainCommand.Create(), EvaluateCommand.Create(), TablesCommand.Create(), HaloCommand.Create(), BlurCommand.Create(), ReleaseCommand.Create(), ExportCommand.Create(),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private sealed class HelpWithExamples(HelpAction options) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = options.Invoke(parseResult);
            var command = parseResult.CommandResult.Command;
            var examples = command is RootCommand ? command.Subcommands.SelectMany(c => Examples.Of(c.Name)) : Examples.Of(command.Name);
            parseResult.InvocationConfiguration.Output.WriteLine($"Examples:\n  {string.Join("\n  ", examples)}\n");
            return code;
        }
    }
}
