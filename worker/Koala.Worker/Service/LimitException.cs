using Grpc.Core;

namespace Koala.Worker.Service;

/// <summary>A client is over one of the worker's limits; the text has the limit and its option.</summary>
/// <param name="code">What the client is told.</param>
/// <param name="message">One line.</param>
internal sealed class LimitException(StatusCode code, string message) : Exception(message)
{
    public StatusCode Code { get; } = code;
}
