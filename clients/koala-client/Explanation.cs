using Koala.Imaging;

namespace Koala.Client.CommandLine;

/// <summary>What people are told of an error, and scripts.</summary>
internal static class Explanation
{
    /// <summary>An exit code, and one line that says what to do.</summary>
    public static (ExitCode Code, string Message) Of(Exception error) => error switch
    {
        CommandFailure failure => (failure.Code, failure.Message),
        ImageFileException { Reason: ImageFileError.OutputExists } image =>
            (ExitCode.OutputExists, $"{image.Message.Split(';')[0]}; choose another name, or add --overwrite to replace it."),
        ImageFileException image => (ExitCodes.Of(image.Reason), image.Message),
        OperationCanceledException => (ExitCode.Cancelled, "Cancelled; nothing was written."),
        _ => (ExitCode.Unexpected,
            $"Unexpected {error.GetType().Name}: {error.Message.TrimEnd('.')}; run it again with --debug and report what it prints."),
    };
}
