namespace Koala.Worker.Hosting;

/// <summary>How the program ends. For scripts, and for clients that start a worker: never renumbered.</summary>
internal static class ExitCode
{
    /// <summary>Told to stop, or left after its idle time.</summary>
    public const int Ok = 0;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A Koala worker answers on the endpoint already: use that one.</summary>
    public const int AlreadyRunning = 3;

    /// <summary>The endpoint cannot be used: another program's, a file that is no socket, or a folder open to others.</summary>
    public const int EndpointTaken = 4;

    /// <summary>No model could be loaded, the device is missing, or it failed at work.</summary>
    public const int CannotCompute = 5;
}

/// <summary>The worker cannot start; the text is one line that says what to do.</summary>
internal sealed class StartException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>One of <see cref="Hosting.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}
