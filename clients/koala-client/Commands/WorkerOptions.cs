using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Koala.Client.CommandLine.Commands;

/// <summary>The options that say which worker is meant and how it is started.</summary>
internal sealed partial class WorkerOptions
{
    // 7 days, as the worker has it; what it would refuse is refused here, before anything is started.
    private const int LongestIdleTimeout = 7 * 24 * 60;

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
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (DeviceName().IsMatch(text))
                return text;
            result.AddError($"--device is auto, cpu, cuda or cuda:N, not '{text}'");
            return null;
        },
    };

    private readonly Option<TimeSpan?> _idleTimeout = new("--idle-timeout")
    {
        Description = "Minutes without work after which a worker that is started leaves; 0 for never. Default: 10.",
        HelpName = "MINUTES",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes)
                && minutes is >= 0 and <= LongestIdleTimeout)
                return TimeSpan.FromMinutes(minutes);
            result.AddError($"--idle-timeout is 0 to {LongestIdleTimeout} minutes, not '{text}'");
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

    [GeneratedRegex(@"^(auto|cpu|cuda(:[0-9]{1,3})?)\z")]
    private static partial Regex DeviceName();
}
