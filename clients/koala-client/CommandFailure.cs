namespace Koala.Client.CommandLine;

/// <summary>Ends the command with a line on standard error and an exit code.</summary>
internal sealed class CommandFailure(ExitCode code, string message, Exception? cause = null) : Exception(message, cause)
{
    public ExitCode Code { get; } = code;
}
