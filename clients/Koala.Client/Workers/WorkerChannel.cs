using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace Koala.Client;

/// <summary>gRPC over a connection to a worker's address.</summary>
internal static class WorkerChannel
{
    /// <summary>Prepares a channel; nothing is sent yet.</summary>
    /// <exception cref="KoalaException">A file of the address's access cannot be used.</exception>
    public static GrpcChannel Open(WorkerAddress address)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, cancellationToken) => WorkerConnection.OpenAsync(address, cancellationToken),
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
        };
        if (address.IsNetwork)
        {
            // A machine that vanishes from the network closes no connection; on this machine the system does.
            handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
            handler.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
            handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(60);
        }
        if (address.Transport == WorkerTransport.Https)
            handler.SslOptions = address.Access.TlsOptions();
        return GrpcChannel.ForAddress(
            address.IsNetwork ? address.Target : "http://localhost",
            new GrpcChannelOptions
            {
                HttpHandler = handler,
                DisposeHttpClient = true,
                // The worker's own limit holds for what is sent; answers are as long as tiles and scale ask for.
                MaxSendMessageSize = null,
                MaxReceiveMessageSize = null,
            });
    }

    /// <summary>Sends the token with every call. A socket or pipe of one's own needs none.</summary>
    /// <exception cref="KoalaException">The token would travel unencrypted.</exception>
    public static CallInvoker Authorised(GrpcChannel channel, WorkerAddress address)
    {
        var invoker = channel.CreateCallInvoker();
        if (address.Access.Token is not { } token || !address.IsNetwork)
            return invoker;
        if (address.Transport == WorkerTransport.Http && !new Uri(address.Target).IsLoopback)
            throw new KoalaException(
                KoalaErrorKind.InvalidInput, $"The token would travel unencrypted to {address}; use https://, or leave the token out.");
        return invoker.Intercept(metadata =>
        {
            metadata.Add("authorization", $"Bearer {token}");
            return metadata;
        });
    }
}
