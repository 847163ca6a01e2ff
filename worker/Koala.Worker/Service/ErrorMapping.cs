using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Koala.Worker.Observability;

namespace Koala.Worker.Service;

/// <summary>The one place where exceptions become gRPC statuses.</summary>
internal sealed partial class ErrorMapping(WorkerLifecycle lifecycle, WorkerMetrics metrics, WorkerTraces traces, ILogger<ErrorMapping> logger) : Interceptor
{
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var span = traces.StartStream(RequestId.Of(context), context.RequestHeaders);
        try
        {
            await continuation(requestStream, responseStream, context);
            metrics.Ended(StatusCode.OK);
        }
        catch (Exception e)
        {
            // Already a status: gRPC's own, such as RESOURCE_EXHAUSTED for a message that is too long.
            var status = (e as RpcException)?.Status ?? Map(e, context);
            metrics.Ended(status.StatusCode);
            WorkerTraces.Failed(span, status);
            if (status.StatusCode != StatusCode.Cancelled)
                LogEnded(RequestId.Of(context), status.StatusCode, status.Detail);
            throw new RpcException(status);
        }
    }

    private Status Map(Exception exception, ServerCallContext context)
    {
        if (context.CancellationToken.IsCancellationRequested)
            return new Status(StatusCode.Cancelled, "the client left");
        switch (exception)
        {
            case ArgumentException:
                return new Status(StatusCode.InvalidArgument, exception.Message);
            case InvalidProtocolBufferException:
                return new Status(StatusCode.InvalidArgument, $"expected an UpscaleRequest, got a message that is none: {exception.Message}");
            case ModelNotFoundException:
                return new Status(StatusCode.NotFound, exception.Message);
            case LimitException limit:
                return new Status(limit.Code, exception.Message);
            case WorkerStoppingException:
                return new Status(StatusCode.Unavailable, exception.Message);
            case OperationCanceledException when lifecycle.Aborted.IsCancellationRequested:
                return new Status(StatusCode.Unavailable, new WorkerStoppingException(lifecycle.Problem).Message);
            default:
                LogUnexpected(exception);
                return new Status(StatusCode.Internal, exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Request {Request} ended, {Status}: {Problem}")]
    private partial void LogEnded(string request, StatusCode status, string problem);

    [LoggerMessage(LogLevel.Error, "A stream ended unexpectedly")]
    private partial void LogUnexpected(Exception exception);
}
