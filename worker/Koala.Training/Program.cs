using System.CommandLine;
using Koala.Training.Commands;

try
{
    return await KoalaTrainCommandLine.Create().Parse(args).InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        // After Ctrl-C a training ends its step and writes its state, which the usual two seconds may be too few for.
        ProcessTerminationTimeout = TimeSpan.FromMinutes(5),
    });
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
