using System.CommandLine;
using Koala.Training.Commands;

var root = new RootCommand("koala-train: trains and evaluates KOALAnet.")
{
    DegradeCommand.Create(), TrainCommand.Create(), EvaluateCommand.Create(), TablesCommand.Create(), HaloCommand.Create(), BlurCommand.Create(), ReleaseCommand.Create(), ExportCommand.Create(),
};
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (OperationCanceledException)
{
    return 130;
}
#pragma warning disable CA1031 // The last place where an error can become a line for people.
catch (Exception e)
#pragma warning restore CA1031
{
    await Console.Error.WriteLineAsync($"koala-train: {e.Message}");
    return 1;
}
