using System.CommandLine;
using System.Runtime.InteropServices;
using Koala.Training.Commands;

// The command line library would listen only once a command waits for something, and these compute from their start to their end.
using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
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

// A training ends its step and writes its state, the others stop at their next image; a second signal ends either at once.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

// libtorch's messages go on with its stack.
static string FirstParagraph(string message) => message.Split("\nException raised from")[0].TrimEnd();
