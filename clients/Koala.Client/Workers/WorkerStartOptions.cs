namespace Koala.Client;

/// <summary>How a worker is started where none runs.</summary>
public sealed record WorkerStartOptions
{
    /// <summary>The worker's program. Default: as <see cref="WorkerProgram.Find"/> looks for it.</summary>
    public string? Program { get; init; }

    /// <summary>A program to fall back on where none is installed, such as that of a build tree. Default: none.</summary>
    public string? FallbackProgram { get; init; }

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>. Default: the worker's own choice.</summary>
    public string? Device { get; init; }

    /// <summary>Time without work after which the worker leaves; zero for never. Default: the worker's own, 10 minutes.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Further arguments, handed to the program as they are. Default: none.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>How long the worker may take to become ready. Default: 60 seconds.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// File that the worker's output is appended to; not on Windows, where it is dropped. Default: <c>koala/NAME.log</c> in
    /// <c>XDG_STATE_HOME</c> or <c>~/.local/state</c>, NAME being the socket's; where that cannot be written, a file beside
    /// the socket; else none.
    /// </summary>
    public string? LogFile { get; init; }
}
