using System.CommandLine;
using Koala.Training.Commands;

var root = new RootCommand("koala-train: trains and evaluates KOALAnet.")
{
    DegradeCommand.Create(), TrainCommand.Create(), EvaluateCommand.Create(), HaloCommand.Create(), ReleaseCommand.Create(),
};
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException or Koala.Client.KoalaException or ArithmeticException)
{
    await Console.Error.WriteLineAsync($"koala-train: {e.Message}");
    return 1;
}
