using System.CommandLine;
using System.Globalization;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client status</c></summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal)
    {
        var worker = new WorkerOptions();
        var command = new Command("status", "Tells what the running worker is and how busy it is; never starts one.");
        worker.AddAddressTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var address = worker.Address(parsed);
            await using var client = new KoalaClient(address);
            var status = await WorkerContact.ContactAsync(() => client.GetStatusAsync(cancellationToken));
            foreach (var line in Lines(address, status))
                terminal.Out.WriteLine(line);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static IEnumerable<string> Lines(WorkerAddress address, WorkerStatus status)
    {
        yield return $"worker   {status.Version} at {address}, process {status.ProcessId}";
        yield return $"state    {status.State.ToString().ToLowerInvariant()}{(status.Problem == "" ? "" : $": {status.Problem}")}";
        yield return $"device   {status.Device}, {status.DefaultPrecision.ToString().ToLowerInvariant()}";
        foreach (var model in status.Models)
            yield return $"model    {model.Name} (x{model.Scale}, halo {model.Halo} pixels): {model.Description}";
        yield return $"tiles    {status.Load.WaitingTiles} waiting, {status.Load.FinishedTiles} finished, "
            + $"{status.Load.FailedTiles} failed; {status.Load.OpenJobs} open jobs";
        var leaves = status.IdleTimeout == TimeSpan.Zero
            ? "never leaves by itself"
            : string.Create(CultureInfo.InvariantCulture, $"leaves after {status.IdleTimeout.TotalMinutes:0.#} minutes without work");
        yield return $"uptime   {status.Uptime:d\\.hh\\:mm\\:ss}, {leaves}";
    }
}
