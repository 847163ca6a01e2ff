using System.CommandLine;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client worker start|stop</c></summary>
internal static class WorkerCommand
{
    public static Command Create(Terminal terminal) => new("worker", "Starts or stops the worker; 'upscale' starts it by itself.")
    {
        WorkerStartCommand.Create(terminal),
        WorkerStopCommand.Create(terminal),
    };
}
