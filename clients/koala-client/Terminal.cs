using Spectre.Console;

namespace Koala.Client.CommandLine;

/// <summary>Where the command writes to.</summary>
/// <param name="Out">Results and progress.</param>
/// <param name="Error">One line when the command fails.</param>
/// <param name="Screen">A screen that can be drawn on, or <see langword="null"/> where there are only lines.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, IAnsiConsole? Screen)
{
    /// <summary>That of the process.</summary>
    public static Terminal OfProcess() => new(
        Console.Out,
        Console.Error,
        !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities is { Ansi: true, Interactive: true }
            ? AnsiConsole.Console
            : null);
}
