using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>The one place where what gRPC and the worker report becomes a <see cref="KoalaException"/>.</summary>
internal static class WorkerErrors
{
    /// <summary>For a call that failed.</summary>
    /// <param name="error">What gRPC reports.</param>
    /// <param name="address">Where the worker was expected.</param>
    /// <param name="accepted">Whether the worker had accepted the job before.</param>
    public static KoalaException FromCall(RpcException error, WorkerAddress address, bool accepted)
    {
        if (FromConnecting(error) is { } refused)
            return refused;
        var detail = OneLine(error.Status.Detail);
        if (accepted && IsTransport(error))
            return Lost(address, detail, error);
        switch (error.StatusCode)
        {
            case StatusCode.Unauthenticated or StatusCode.PermissionDenied:
                return new(
                    KoalaErrorKind.AccessDenied,
                    $"The worker at {address} lets nobody in without its token ({detail}); name it with --token-file or {WorkerAccess.TokenVariable}.",
                    innerException: error);
            case StatusCode.Unavailable or StatusCode.Internal when Cause<AuthenticationException>(error) is { } distrust:
                return new(
                    KoalaErrorKind.AccessDenied,
                    $"The certificate of {address} is not trusted, or it asks for one of yours ({OneLine(distrust.Message)}); "
                    + $"name its authority with --ca or {WorkerAccess.AuthorityVariable}.",
                    innerException: error);
            case StatusCode.Unavailable or StatusCode.Internal when IsOtherProtocol(error):
                return NotAWorker();
            case StatusCode.Unavailable or StatusCode.Internal when IsTransport(error):
                return new(
                    KoalaErrorKind.WorkerUnavailable,
                    $"No worker answers at {address}; start koala-worker, or name another address in "
                    + $"{WorkerAddress.EnvironmentVariable}.",
                    isTransient: true, error);
            case StatusCode.Unavailable:
                return new(
                    KoalaErrorKind.WorkerUnavailable, $"The worker at {address} takes no work ({detail}); try again.",
                    isTransient: true, error);
            case StatusCode.Cancelled:
                return Lost(address, detail, error);
            case StatusCode.DeadlineExceeded when accepted:
                return Lost(address, detail, error);
            case StatusCode.DeadlineExceeded:
                return new(
                    KoalaErrorKind.WorkerUnavailable,
                    $"What listens at {address} does not answer in time; try again, or stop it and start koala-worker.",
                    isTransient: true, error);
            case StatusCode.NotFound:
                return new(
                    KoalaErrorKind.ModelNotFound, $"{detail}; choose one of the models in the worker's status.",
                    innerException: error);
            case StatusCode.InvalidArgument:
                return new(KoalaErrorKind.InvalidInput, $"The worker rejects the job: {detail}", innerException: error);
            case StatusCode.ResourceExhausted:
                return new(
                    KoalaErrorKind.ResourceExhausted, $"{detail}; choose a smaller tile side, or try again when the worker has less to do.", innerException: error);
            case StatusCode.Internal:
                return new(
                    KoalaErrorKind.ProtocolError, $"The worker at {address} failed ({detail}); its log says why.",
                    innerException: error);
            default:
                return NotAWorker();
        }

        KoalaException NotAWorker() => new(
            KoalaErrorKind.ProtocolError,
            $"What answers at {address} is no Koala worker of this version ({detail}); stop it, or name another address in "
            + $"{WorkerAddress.EnvironmentVariable}.",
            innerException: error);
    }

    /// <summary>For a worker that is gone in the middle of the work.</summary>
    public static KoalaException Lost(WorkerAddress address, string detail, Exception? cause = null) => new(
        KoalaErrorKind.WorkerUnavailable,
        $"The worker at {address} was lost in the middle of the work ({OneLine(detail)}); start it again if it is gone, then try again.",
        isTransient: true, cause);

    /// <summary>For a tile that the worker answers with an error.</summary>
    /// <param name="error">The worker's answer.</param>
    /// <param name="wanted">Where the tile lies, in LR pixels of the image.</param>
    public static KoalaException FromTile(Wire.TileError error, PixelRegion wanted)
    {
        var where = $"The tile of {wanted.Width}x{wanted.Height} pixels at ({wanted.X}, {wanted.Y}) failed "
            + $"({OneLine(error.Message)});";
        return (StatusCode)error.Code switch
        {
            StatusCode.InvalidArgument => new(KoalaErrorKind.InvalidInput, $"{where} correct the image."),
            StatusCode.ResourceExhausted => new(
                KoalaErrorKind.ResourceExhausted, $"{where} try again later or choose a smaller tile side.",
                isTransient: true),
            _ => new(KoalaErrorKind.TileFailed, $"{where} try precision fp32 or another model."),
        };
    }

    // What we refused to connect to comes back through HTTP and gRPC.
    private static KoalaException? FromConnecting(RpcException error) => Cause<KoalaException>(error);

    private static T? Cause<T>(RpcException error) where T : Exception => Causes(error).OfType<T>().FirstOrDefault();

    private static IEnumerable<Exception> Causes(RpcException error)
    {
        for (var cause = error.Status.DebugException; cause is not null; cause = cause.InnerException)
            yield return cause;
    }

    private static bool IsTransport(RpcException error) =>
        error.Status.DebugException is IOException or HttpRequestException or SocketException;

    private static bool IsOtherProtocol(RpcException error)
    {
        var reasons = Causes(error).Select(cause => (cause as HttpRequestException)?.HttpRequestError ?? (cause as HttpIOException)?.HttpRequestError).ToList();
        // A worker that is killed while it is greeted is not another program.
        return Cause<SocketException>(error) is null && !reasons.Contains(HttpRequestError.ResponseEnded)
            && reasons.Exists(reason => reason is HttpRequestError.HttpProtocolError or HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError);
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd(' ', '.');
}
