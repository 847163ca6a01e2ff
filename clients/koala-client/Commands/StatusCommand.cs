using System.CommandLine;
using System.Globalization;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client status</c></summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal)
    {
        var worker = new WorkerOptions();
        var command = new Command("status", "Tells what the running worker is and how busy it is, of several what each is; never starts one.");
        var watch = new Option<double?>("--watch")
        {
            Description = "Tell again and again how busy the worker is, a line every so many seconds, 0.1 to 3600; ends with Ctrl-C. Default of SECONDS: 2.",
            HelpName = "SECONDS",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result =>
            {
                if (result.Tokens.Count == 0)
                    return 2;
                if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                    && seconds is >= 0.1 and <= 3600)
                    return seconds;
                result.AddError($"--watch is 0.1 to 3600 seconds, not '{result.Tokens[0].Value}'");
                return null;
            },
        };
        var lines = new Option<int?>("--lines") { Description = "With --watch: end after so many lines.", HelpName = "COUNT" };
        worker.AddAddressTo(command);
        command.Add(watch);
        command.Add(lines);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var address = worker.Address(parsed);
            await using var client = new KoalaClient(address);
            if (parsed.GetResult(watch) is not null)
            {
                if (address.IsSeveral)
                    throw new CommandFailure(ExitCode.Usage, "--watch is for one worker; name one of them with --worker.");
                await new StatusWatch(client, terminal.Out).RunAsync(
                    TimeSpan.FromSeconds(parsed.GetValue(watch) ?? 2), parsed.GetValue(lines), cancellationToken);
                return (int)ExitCode.Success;
            }
            var statuses = await WorkerContact.ContactAsync(() => client.GetStatusesAsync(cancellationToken));
            foreach (var line in statuses.SelectMany(pair => pair.Value is { } status ? Lines(pair.Key, status) : [$"worker   no answer at {pair.Key}"]))
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
        yield return string.Create(CultureInfo.InvariantCulture, $"tiles    {status.Load.WaitingTiles} waiting ({status.Load.WaitingPixels / 1e6:0.0} megapixels), {status.Load.FinishedTiles} finished, ")
            + $"{status.Load.FailedTiles} failed; {status.Load.OpenJobs} open jobs";
        var leaves = status.IdleTimeout == TimeSpan.Zero
            ? "never leaves by itself"
            : string.Create(CultureInfo.InvariantCulture, $"leaves after {status.IdleTimeout.TotalMinutes:0.#} minutes without work");
        yield return $"uptime   {status.Uptime:d\\.hh\\:mm\\:ss}, {leaves}";
    }
}
