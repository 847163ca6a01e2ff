namespace Koala.Client;

/// <summary>What went wrong, for programs to act upon.</summary>
public enum KoalaErrorKind
{
    /// <summary>No worker answers, or it was lost in the middle of the work.</summary>
    WorkerUnavailable,

    /// <summary>The worker does not accept the token, or is not the one whose certificate is trusted.</summary>
    AccessDenied,

    /// <summary>The worker's program is in none of the places where it is looked for.</summary>
    WorkerNotFound,

    /// <summary>The worker could not be started, did not become ready in time, or has no usable models.</summary>
    WorkerStartFailed,

    /// <summary>The worker has no model for the scale, or none of the name.</summary>
    ModelNotFound,

    /// <summary>The job, an address or a setting is out of range.</summary>
    InvalidInput,

    /// <summary>A message is too long, or the device ran out of memory.</summary>
    ResourceExhausted,

    /// <summary>The network's result for a tile was not usable.</summary>
    TileFailed,

    /// <summary>What answers breaks the contract: another program, another version, or a fault of the worker.</summary>
    ProtocolError,
}

/// <summary>
/// The one exception of this library for what is not a mistake of the calling code. The message is one line and says
/// what to do. Cancellation is an <see cref="OperationCanceledException"/> instead.
/// </summary>
/// <param name="kind">What went wrong.</param>
/// <param name="message">One line that says what to do.</param>
/// <param name="isTransient">Whether the same call may succeed if it is simply made again.</param>
/// <param name="innerException">The cause.</param>
public sealed class KoalaException(
    KoalaErrorKind kind, string message, bool isTransient = false, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>What went wrong.</summary>
    public KoalaErrorKind Kind { get; } = kind;

    /// <summary>Whether the same call may succeed if it is simply made again.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>What the worker's log calls the request; empty where none was made.</summary>
    public string RequestId { get; init; } = "";
}
