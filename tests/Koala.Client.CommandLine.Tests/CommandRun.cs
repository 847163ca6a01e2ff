namespace Koala.Client.CommandLine.Tests;

/// <summary>One call of the command, in this process and with its output captured.</summary>
internal sealed record CommandRun(ExitCode Code, string Out, string Error)
{
    public static async Task<CommandRun> Of(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await KoalaCommandLine.RunAsync(arguments, new Terminal(output, error, Screen: null));
        return new CommandRun((ExitCode)code, output.ToString(), error.ToString());
    }

    /// <summary>Asserts the code, and a single line on standard error that names what was wrong.</summary>
    public void AssertFailed(ExitCode code, string named)
    {
        Assert.Equal(code, Code);
        Assert.StartsWith("koala-client: ", Error, StringComparison.Ordinal);
        Assert.Contains(named, Error, StringComparison.Ordinal);
        Assert.Single(Error.TrimEnd().Split('\n'));
    }
}
