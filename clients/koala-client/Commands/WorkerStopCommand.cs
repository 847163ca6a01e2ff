using System.CommandLine;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client worker stop</c></summary>
internal static class WorkerStopCommand
{
    public static Command Create(Terminal terminal)
    {
        var worker = new WorkerOptions();
        var command = new Command("stop", "Lets the worker finish what it does and leave. It is no error if none runs.");
        worker.AddAddressTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var address = worker.Address(parsed);
            var wasRunning = await WorkerContact.ContactAsync(() => WorkerLauncher.StopAsync(address, cancellationToken));
            terminal.Out.WriteLine(wasRunning ? $"The worker at {address} has stopped." : $"No worker runs at {address}.");
            return (int)ExitCode.Success;
        });
        return command;
    }
}
