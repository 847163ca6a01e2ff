using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;
using Koala.Client.CommandLine.Commands;

namespace Koala.Client.CommandLine;

/// <summary>The whole command: from arguments to an exit code.</summary>
internal static class KoalaCommandLine
{
    // Enough for the encoder to notice and for the hidden file to be deleted.
    private static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(10);

    private static readonly Option<bool> Debug = new("--debug")
    {
        Description = "Print the stack trace of an error.",
        Hidden = true,
        Recursive = true,
    };

    /// <summary>Runs the command; a failure becomes one line on standard error.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal)
    {
        // A photo may be named "@holiday.jpg": no response files.
        var parsed = CreateRoot(terminal).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // A terminal that is closed is like Ctrl-C: the hidden file must not stay behind.
        using var stop = new StopSignals(PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP);
        try
        {
            if (parsed.Action is ParseErrorAction)
                throw UsageFailure(parsed);
            var ending = parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = terminal.Out,
                    Error = terminal.Error,
                    EnableDefaultExceptionHandler = false,
                    // The library would listen only once the command waits for something.
                    ProcessTerminationTimeout = null,
                },
                stop.Token);
            // From here on it ends in time of itself.
            stop.SecondEndsAtOnce = false;
            return await Task.WhenAny(ending, OverdueAsync(stop.Token)) == ending ? await ending : (int)ExitCode.Cancelled;
        }
#pragma warning disable CA1031 // Whatever it is, people get a line and scripts a code.
        catch (Exception error)
#pragma warning restore CA1031
        {
            var (code, message) = Explanation.Of(stop.Token.IsCancellationRequested && error is not CommandFailure ? new OperationCanceledException() : error);
            try
            {
                terminal.Error.WriteLine($"koala-client: {message.ReplaceLineEndings(" ")}");
                if (parsed.GetValue(Debug))
                    terminal.Error.WriteLine(error);
            }
            catch (IOException)
            {
                // The terminal is gone; the code is left.
            }
            return (int)code;
        }
    }

    private static async Task OverdueAsync(CancellationToken stop)
    {
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(CancelTimeout, CancellationToken.None);
    }

    private static RootCommand CreateRoot(Terminal terminal)
    {
        var root = new RootCommand("Enlarges photos with KOALAnet, which keeps blur that was meant to be there.")
        {
            UpscaleCommand.Create(terminal),
            BlurCommand.Create(terminal),
            StatusCommand.Create(terminal),
            WorkerCommand.Create(terminal),
            StdioCommand.Create(terminal),
            GimpCommand.Create(terminal),
            Debug,
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private static CommandFailure UsageFailure(ParseResult parsed)
    {
        var command = "koala-client";
        for (var result = parsed.CommandResult; result.Parent is not null; result = (System.CommandLine.Parsing.CommandResult)result.Parent)
            command = command.Insert("koala-client".Length, $" {result.Command.Name}");
        var problem = parsed.UnmatchedTokens.Count > 0
            ? $"'{parsed.UnmatchedTokens[0]}' is no option or command here"
            : parsed.Errors[0].Message.TrimEnd('.');
        return new CommandFailure(ExitCode.Usage, $"{problem}; see {command} --help.");
    }
}
