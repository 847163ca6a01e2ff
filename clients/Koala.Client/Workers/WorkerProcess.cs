using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Koala.Client;

/// <summary>
/// A worker's process that this program has started, detached: it outlives this program, its terminal and Ctrl-C.
/// </summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>The exit code by which a worker says that another one listens at its address already.</summary>
    public const int AlreadyRunning = 3;

    private const long LongestLog = 1 << 20;

    private readonly Process _process;
    private readonly string? _log;
    private readonly long _logStart;

    private WorkerProcess(Process process, string? log, long logStart)
    {
        _process = process;
        _log = log;
        _logStart = logStart;
    }

    /// <summary>The exit code, or <see langword="null"/> while it runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>Where its output is to be read, for people.</summary>
    public string LogHint => _log is null ? "run the program by hand to see why" : $"see {_log}";

    /// <summary>Starts the program.</summary>
    /// <exception cref="KoalaException">There is no program, or it cannot be started.</exception>
    public static WorkerProcess Start(WorkerAddress address, WorkerStartOptions options)
    {
        var program = WorkerProgram.Find(options.Program, options.FallbackProgram);
        try
        {
            if (OperatingSystem.IsWindows())
                return new WorkerProcess(WindowsHandles.WithoutInheritance(() => Process.Start(WindowsStart(program, address, options))!), null, 0);
            var (log, logStart) = options.LogFile is { } file ? (file, PrepareLog(file)) : PrepareDefaultLog(address);
            return new WorkerProcess(
                Process.Start(UnixStart(program, log ?? "/dev/null", address, options))!, log, logStart);
        }
        catch (Exception exception) when (exception is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new KoalaException(
                KoalaErrorKind.WorkerStartFailed, $"{program} cannot be started: {exception.Message}",
                innerException: exception);
        }
    }

    /// <summary>The last line it has written to its log; empty if there is none, or the log cannot be read.</summary>
    public string LastLine()
    {
        try
        {
            return _log is null ? "" : LastLineOf(_log);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    public void Dispose() => _process.Dispose();

    private string LastLineOf(string log)
    {
        using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = Math.Min(_logStart, stream.Length);
        using var reader = new StreamReader(stream);
        var last = "";
        while (reader.ReadLine() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
                last = line.Trim();
        }
        return last;
    }

    private static ProcessStartInfo WindowsStart(string program, WorkerAddress address, WorkerStartOptions options) =>
        // A console of its own, without a window: Ctrl-C and closing the terminal do not reach it.
        new(program, Arguments(address, options))
        {
            CreateNoWindow = true,
            WorkingDirectory = Path.GetDirectoryName(program),
        };

    private static ProcessStartInfo UnixStart(
        string program, string log, WorkerAddress address, WorkerStartOptions options)
    {
        // A session of its own leaves the terminal and its signals; where the system has no setsid, nohup is what is left.
        // Nothing of ours stays open in it: a pipeline that ends with us would wait for the worker else.
        const string Script =
            """
            log=$1; shift
            exec </dev/null >>"$log" 2>&1
            command -v setsid >/dev/null && exec setsid "$@"
            exec nohup "$@"
            """;
        return new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", log, program, .. Arguments(address, options)])
        {
            WorkingDirectory = Path.GetDirectoryName(program),
        };
    }

    private static IEnumerable<string> Arguments(WorkerAddress address, WorkerStartOptions options)
    {
        List<string> arguments = ["--listen", address.ToString()];
        if (options.IdleTimeout is { } idle)
            arguments.AddRange(["--idle-timeout", idle.TotalMinutes.ToString(CultureInfo.InvariantCulture)]);
        if (options.Device is { } device)
            arguments.AddRange(["--device", device]);
        return arguments.Concat(options.Arguments);
    }

    // A worker without a log is better than none: a home may be read-only, or not exist.
    private static (string? Log, long Start) PrepareDefaultLog(WorkerAddress address)
    {
        foreach (var log in DefaultLogs(address))
        {
            try
            {
                return (log, PrepareLog(log));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The next one may do.
            }
        }
        return (null, 0);
    }

    private static IEnumerable<string> DefaultLogs(WorkerAddress address)
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state))
            state = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        yield return Path.Combine(state, "koala", Path.GetFileNameWithoutExtension(address.Target) + ".log");
        if (address.Transport == WorkerTransport.UnixSocket)
            yield return Path.ChangeExtension(address.Target, ".log");
    }

    // Appended to and emptied in place, never replaced: a worker that another program starts just now writes to it as well.
    private static long PrepareLog(string log)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(log))!);
        using var stream = new FileStream(log, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length > LongestLog)
            stream.SetLength(0);
        return stream.Length;
    }
}
