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
    private const int MostRetries = 1000;

    private readonly Option<WorkerAddress?> _address = new("--worker")
    {
        Description = "Where the worker listens: unix:/path, pipe:name, http://host:port or https://host:port. Several share the work: "
            + "http:// or https:// addresses with commas between, or dns:///name:port for all machines of a name (https). "
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

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = $"File of the token that a worker on another machine asks for. Default: {WorkerAccess.TokenVariable} if set, else none.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _authority = new("--ca")
    {
        Description = "PEM file of the authority of an https:// worker's certificate, or of that certificate itself. "
            + $"Default: {WorkerAccess.AuthorityVariable} if set, else the system's authorities.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _certificate = new("--certificate")
    {
        Description = $"PEM file of your certificate and its key, where an https:// worker asks for one. Default: {WorkerAccess.CertificateVariable} if set.",
        HelpName = "FILE",
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

    private readonly Option<int> _retries = new("--retries")
    {
        Description = "How often in a row a worker that is lost in the middle is tried to be won back; 0 for never. Default: 5, about 15 seconds.",
        HelpName = "COUNT",
        DefaultValueFactory = _ => new WorkerRecovery().Attempts,
    };

    /// <summary>An option for each thing.</summary>
    public WorkerOptions() => _retries.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && (!int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > MostRetries))
            result.AddError($"--retries is 0 to {MostRetries}, not '{token.Value}'");
    });

    /// <summary>Adds --worker and what a worker on another machine may ask for.</summary>
    public void AddAddressTo(Command command)
    {
        command.Add(_address);
        command.Add(_tokenFile);
        command.Add(_authority);
        command.Add(_certificate);
    }

    /// <summary>Adds --retries.</summary>
    public void AddRecoveryTo(Command command) => command.Add(_retries);

    /// <summary>Adds --worker with its access, --device and --idle-timeout.</summary>
    public void AddAllTo(Command command)
    {
        AddAddressTo(command);
        command.Add(_device);
        command.Add(_idleTimeout);
    }

    /// <summary>Where the worker listens, and how it is let to know us.</summary>
    /// <exception cref="CommandFailure">The environment names no address, or the token cannot be read.</exception>
    public WorkerAddress Address(ParseResult parsed)
    {
        try
        {
            var access = WorkerAccess.FromEnvironment();
            access = access with
            {
                Token = parsed.GetValue(_tokenFile) is { } file ? WorkerAccess.ReadToken(file) : access.Token,
                AuthorityFile = parsed.GetValue(_authority) ?? access.AuthorityFile,
                CertificateFile = parsed.GetValue(_certificate) ?? access.CertificateFile,
            };
            var address = (parsed.GetValue(_address) ?? WorkerAddress.Default) with { Access = access };
            // Before a photo is opened: what is wrong with the access is wrong with the command.
            address.CheckAccess();
            return address;
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

    /// <summary>What is done where the worker is lost in the middle.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="start">How it is started again; null where it must not be.</param>
    public WorkerRecovery Recovery(ParseResult parsed, WorkerStartOptions? start) => new() { Attempts = parsed.GetValue(_retries), Restart = start };

    /// <summary>Where the build has put the worker, seen from the client; nothing is there once both are installed.</summary>
    private static string ProgramInBuildTree()
    {
        var metadata = typeof(WorkerOptions).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>();
        return Path.Combine(AppContext.BaseDirectory, metadata.Single(entry => entry.Key == "WorkerProgram").Value!);
    }

    [GeneratedRegex(@"^(auto|cpu|cuda(:[0-9]{1,3})?)\z")]
    private static partial Regex DeviceName();
}
