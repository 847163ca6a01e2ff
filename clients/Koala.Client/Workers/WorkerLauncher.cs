using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Koala.Client;

/// <summary>Sees to it that a worker runs, and stops it.</summary>
public static partial class WorkerLauncher
{
    private const int Terminate = 15;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    // A worker answers as soon as it listens, also while it loads its models, and is gone soon after it stops answering.
    private static readonly TimeSpan DeafTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Waits for the worker at an address to be ready, and starts it first where none runs. The worker stays when this
    /// program ends. Where several programs start one at once, one worker is left, for all of them. Workers on a network
    /// are only waited for, of several the first one that is ready.
    /// </summary>
    /// <param name="address">Where the worker listens, or is to listen.</param>
    /// <param name="options">How it is started. Default: as the options' own defaults.</param>
    /// <param name="report">Told, in a line for people, what is waited for.</param>
    /// <param name="cancellationToken">Ends the waiting; a worker that was started goes on.</param>
    /// <returns>The status of the worker, which is ready.</returns>
    /// <exception cref="KoalaException">
    /// There is no program, it ended or did not become ready in time, or something else is at the address.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<WorkerStatus> EnsureRunningAsync(
        WorkerAddress address,
        WorkerStartOptions? options = null,
        Action<string>? report = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Task.Run(
            () => WaitUntilReadyAsync(address, options ?? new WorkerStartOptions(), report, cancellationToken),
            cancellationToken);
    }

    /// <summary>
    /// Asks the worker at an address to finish what it does and to leave, and waits for that, 30 seconds at most.
    /// </summary>
    /// <param name="address">Where the worker listens; neither an <c>http://</c> nor an <c>https://</c> address.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Whether one was running.</returns>
    /// <exception cref="KoalaException">It cannot be stopped, or goes on.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<bool> StopAsync(WorkerAddress address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Task.Run(() => StopAndWaitAsync(address, cancellationToken), cancellationToken);
    }

    private static async Task<WorkerStatus> WaitUntilReadyAsync(
        WorkerAddress address, WorkerStartOptions options, Action<string>? report, CancellationToken cancellationToken)
    {
        await using var client = new KoalaClient(address);
        var clock = Stopwatch.StartNew();
        WorkerProcess? process = null;
        var told = "";
        var answered = TimeSpan.Zero;
        var startAt = TimeSpan.Zero;
        try
        {
            while (true)
            {
                var status = await TryGetStatusAsync(client, cancellationToken);
                var listening = status is not null || await IsListeningAsync(address, cancellationToken);
                if (status is not null || !listening)
                    answered = clock.Elapsed;
                var waitingFor = status?.State switch
                {
                    WorkerState.Ready => "",
                    WorkerState.Failed => throw new KoalaException(
                        KoalaErrorKind.WorkerStartFailed, $"The worker at {address} has no usable models: {status.Problem}"),
                    WorkerState.Stopping => "The worker is stopping …",
                    _ => "The worker is loading its models …",
                };
                if (waitingFor == "")
                    return status!;

                if (!listening)
                {
                    CheckStartable(address);
                    if (process?.ExitCode is { } exitCode)
                    {
                        if (exitCode != WorkerProcess.AlreadyRunning)
                            throw Ended(process, exitCode);
                        // The worker that was running has left meanwhile, or is about to listen.
                        process.Dispose();
                        process = null;
                        startAt = clock.Elapsed + RestartDelay;
                    }
                    if (process is null && clock.Elapsed >= startAt)
                        process = WorkerProcess.Start(address, options);
                    waitingFor = "The worker is starting …";
                }
                else if (status is null && clock.Elapsed - answered > DeafTimeout)
                {
                    throw new KoalaException(
                        KoalaErrorKind.ProtocolError,
                        $"What listens at {address} is no Koala worker; stop it, or name another address in {WorkerAddress.EnvironmentVariable}.");
                }
                if (waitingFor != told)
                    report?.Invoke(told = waitingFor);
                if (clock.Elapsed > options.StartTimeout)
                    throw new KoalaException(
                        KoalaErrorKind.WorkerStartFailed,
                        $"The worker at {address} is not ready after {options.StartTimeout.TotalSeconds:0} seconds; "
                        + $"try again, or {process?.LogHint ?? "stop what listens there"}.",
                        isTransient: true);
                await Task.Delay(PollInterval, cancellationToken);
            }
        }
        finally
        {
            process?.Dispose();
        }
    }

    private static KoalaException Ended(WorkerProcess process, int exitCode)
    {
        var line = process.LastLine();
        return new KoalaException(
            KoalaErrorKind.WorkerStartFailed,
            $"The worker ended at once with exit code {exitCode}{(line == "" ? "" : ": " + line)}; {process.LogHint}.");
    }

    private static async Task<bool> StopAndWaitAsync(WorkerAddress address, CancellationToken cancellationToken)
    {
        if (address.IsNetwork)
            throw new KoalaException(
                KoalaErrorKind.InvalidInput, $"The worker at {address} may be on another machine; stop it there.");
        if (!await IsListeningAsync(address, cancellationToken))
            return false;

        await using (var client = new KoalaClient(address))
        {
            var status = await client.GetStatusAsync(cancellationToken);
            // The system's word is better than the worker's, whose numbers are those of its container.
            Signal(await TryGetPeerAsync(address, cancellationToken) ?? status.ProcessId, address);
        }

        var clock = Stopwatch.StartNew();
        while (await IsListeningAsync(address, cancellationToken))
        {
            if (clock.Elapsed > StopTimeout)
                throw new KoalaException(
                    KoalaErrorKind.WorkerUnavailable,
                    $"The worker at {address} is still finishing its work; wait, or try again.",
                    isTransient: true);
            await Task.Delay(PollInterval, cancellationToken);
        }
        return true;
    }

    private static void Signal(int processId, WorkerAddress address)
    {
        // 0 and below name groups of processes, 1 is the system's first or a container's only one.
        if (processId <= 1)
            throw new KoalaException(
                KoalaErrorKind.ProtocolError,
                $"The worker at {address} is process {processId} here; stop it where it runs.");
        if (OperatingSystem.IsWindows())
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        else if (Kill(processId, Terminate) != 0)
        {
            throw new KoalaException(
                KoalaErrorKind.WorkerUnavailable,
                $"Process {processId} of the worker at {address} cannot be told to stop ({Marshal.GetLastPInvokeErrorMessage()}); "
                + "stop it where it runs.");
        }
    }

    // A worker that is lost between two polls is like one that is not there yet.
    private static async Task<WorkerStatus?> TryGetStatusAsync(KoalaClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetStatusAsync(cancellationToken);
        }
        catch (KoalaException exception) when (exception.IsTransient)
        {
            return null;
        }
    }

    private static async Task<int?> TryGetPeerAsync(WorkerAddress address, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await WorkerConnection.OpenAsync(address, cancellationToken);
            return WorkerConnection.PeerProcessId(stream);
        }
        catch (Exception exception) when (exception is SocketException or TimeoutException)
        {
            return null;
        }
    }

    private static async Task<bool> IsListeningAsync(WorkerAddress address, CancellationToken cancellationToken)
    {
        // Of several the channel tells whether any answers.
        if (address.IsSeveral)
            return false;
        // A machine that drops what it is sent would be waited for by the minute.
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(ConnectTimeout);
        try
        {
            await using var stream = await WorkerConnection.OpenAsync(address, timeout.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AccessDenied)
        {
            throw WorkerConnection.BelongsToAnotherUser(address, exception);
        }
        catch (Exception exception) when (exception is SocketException or TimeoutException)
        {
            return false;
        }
    }

    private static void CheckStartable(WorkerAddress address)
    {
        if (address.IsNetwork)
            throw new KoalaException(
                KoalaErrorKind.WorkerUnavailable,
                $"No worker answers at {address}; start one there, or unset {WorkerAddress.EnvironmentVariable}.",
                isTransient: true);
        if (address.Transport == WorkerTransport.UnixSocket && IsFileOrFolder(address.Target))
            throw new KoalaException(
                KoalaErrorKind.InvalidInput,
                $"{address.Target} is no socket; remove it, or name another address in {WorkerAddress.EnvironmentVariable}.");
    }

    // A socket cannot be opened like a file, whoever owns it.
    private static bool IsFileOrFolder(string path)
    {
        try
        {
            File.OpenHandle(path).Dispose();
            return true;
        }
        catch (IOException)
        {
            return Directory.Exists(path);
        }
        catch (UnauthorizedAccessException)
        {
            return Directory.Exists(path);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [UnsupportedOSPlatform("windows")]
    private static partial int Kill(int processId, int signal);
}
