using System.CommandLine;
using System.Runtime.InteropServices;
using Koala.Client;
using Koala.Training.Commands;

// The command line library would listen only once a command waits for something, and these compute from their start to their end.
// A training ends its step and writes its state, the others stop at their next image; a second signal ends either at once.
using var stop = new StopSignals(PosixSignal.SIGINT, PosixSignal.SIGTERM);
try
{
    return await KoalaTrainCommandLine.Create().Parse(args).InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    }, stop.Token);
}
catch (OperationCanceledException)
{
    return 130;
}
#pragma warning disable CA1031 // The last place where an error can become a line for people.
catch (Exception e)
#pragma warning restore CA1031
{
    await Console.Error.WriteLineAsync($"koala-train: {FirstParagraph(e.Message)}");
    return 1;
}

// libtorch's messages go on with its stack.
static string FirstParagraph(string message) => message.Split("\nException raised from")[0].TrimEnd();
