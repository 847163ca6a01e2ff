using System.CommandLine;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client worker start</c></summary>
internal static class WorkerStartCommand
{
    public static Command Create(Terminal terminal)
    {
        var worker = new WorkerOptions();
        var command = new Command("start", "Starts a worker unless one runs, and waits until it is ready.");
        worker.AddAllTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var address = worker.Address(parsed);
            var status = await WorkerContact.ContactAsync(() => WorkerLauncher.EnsureRunningAsync(
                address, worker.Start(parsed), terminal.Out.WriteLine, cancellationToken));
            terminal.Out.WriteLine($"The worker is ready at {address} ({status.Device}).");
            return (int)ExitCode.Success;
        });
        return command;
    }
}
