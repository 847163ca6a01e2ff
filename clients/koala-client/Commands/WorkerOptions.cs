using System.CommandLine;
using System.Globalization;
using System.Reflection;

namespace Koala.Client.CommandLine.Commands;

/// <summary>The options that say which worker is meant and how it is started.</summary>
internal sealed class WorkerOptions
{
    private readonly Option<WorkerAddress?> _address = new("--worker")
    {
        Description = "Where the worker listens: unix:/path, pipe:name or http://host:port. "
            + $"Default: {WorkerAddress.EnvironmentVariable} if set, else a socket of your own.",
        HelpName = "ADDRESS",
        CustomParser = result =>
        {
            try
            {
                return WorkerAddress.Parse(result.Tokens[0].Value);
            }
            catch (FormatException error)
            {
                result.AddError($"--worker: {error.Message}");
                return null;
            }
        },
    };

    private readonly Option<string?> _device = new("--device")
    {
        Description = "Device of a worker that is started: auto, cpu, cuda or cuda:N. Default: auto.",
        HelpName = "DEVICE",
    };

    private readonly Option<TimeSpan?> _idleTimeout = new("--idle-timeout")
    {
        Description = "Minutes without work after which a worker that is started leaves; 0 for never. Default: 10.",
        HelpName = "MINUTES",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes)
                && minutes <= TimeSpan.FromDays(365).TotalMinutes)
                return TimeSpan.FromMinutes(minutes);
            result.AddError($"--idle-timeout is a number of minutes, 0 or more, not '{text}'");
            return null;
        },
    };

    /// <summary>Adds --worker.</summary>
    public void AddAddressTo(Command command) => command.Add(_address);

    /// <summary>Adds --worker, --device and --idle-timeout.</summary>
    public void AddAllTo(Command command)
    {
        command.Add(_address);
        command.Add(_device);
        command.Add(_idleTimeout);
    }

    /// <summary>Where the worker listens.</summary>
    /// <exception cref="CommandFailure">The environment names no address.</exception>
    public WorkerAddress Address(ParseResult parsed)
    {
        try
        {
            return parsed.GetValue(_address) ?? WorkerAddress.Default;
        }
        catch (KoalaException error)
        {
            throw new CommandFailure(ExitCode.Usage, error.Message, error);
        }
    }

    /// <summary>How a worker is started.</summary>
    public WorkerStartOptions Start(ParseResult parsed) => new()
    {
        Device = parsed.GetValue(_device),
        IdleTimeout = parsed.GetValue(_idleTimeout),
        FallbackProgram = ProgramInBuildTree(),
    };

    /// <summary>Where the build has put the worker, seen from the client; nothing is there once both are installed.</summary>
    private static string ProgramInBuildTree()
    {
        var metadata = typeof(WorkerOptions).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>();
        return Path.Combine(AppContext.BaseDirectory, metadata.Single(entry => entry.Key == "WorkerProgram").Value!);
    }
}
