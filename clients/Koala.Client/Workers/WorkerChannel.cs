using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;

namespace Koala.Client;

/// <summary>gRPC over connections to a worker's address, or to those of several workers.</summary>
internal sealed class WorkerChannel : IDisposable
{
    // New machines of a name are found so soon; ones that are lost let it be looked up at once.
    private static readonly TimeSpan LookUp = TimeSpan.FromSeconds(30);

    // One that comes back is connected to again within so long.
    private static readonly TimeSpan MostBackoff = TimeSpan.FromSeconds(10);

    private readonly GrpcChannel _channel;
    private readonly WorkerAddress _address;

    /// <summary>Prepares a channel; nothing is sent yet.</summary>
    /// <exception cref="KoalaException">A file of the address's access cannot be used, or its token would travel unencrypted.</exception>
    public WorkerChannel(WorkerAddress address)
    {
        _address = address;
        Workers = address.IsName ? [] : address.Each;
        _channel = address.IsSeveral ? OpenSeveral() : OpenOne();
        try
        {
            Calls = Authorised();
        }
        catch
        {
            _channel.Dispose();
            throw;
        }
    }

    /// <summary>Makes the calls, with the token.</summary>
    public CallInvoker Calls { get; }

    /// <summary>The workers; those of a name once it has been looked up.</summary>
    public IReadOnlyList<WorkerAddress> Workers { get; private set; }

    /// <summary>Headers of a call that is meant for one of the workers.</summary>
    public Metadata HeadersFor(WorkerAddress worker) =>
        _address.IsSeveral && worker.Target != _address.Target ? new() { { WorkerBalancer.Header, NameOf(worker) } } : [];

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private static string NameOf(WorkerAddress worker) => new Uri(worker.Target) is var uri ? $"{uri.Host.Trim('[', ']')}:{uri.Port}" : "";

    private GrpcChannel OpenOne()
    {
        var handler = Handler();
        handler.ConnectCallback = (_, cancellationToken) => WorkerConnection.OpenAsync(_address, cancellationToken);
        return GrpcChannel.ForAddress(_address.IsNetwork ? _address.Target : "http://localhost", Options(handler));
    }

    private GrpcChannel OpenSeveral()
    {
        BalancerAddress[] listed = _address.IsName ? [] : [.. _address.Each.Select(worker => new Uri(worker.Target)).Distinct().Select(uri => new BalancerAddress(uri.Host.Trim('[', ']'), uri.Port))];
        var options = Options(Handler());
        options.Credentials = _address.Transport == WorkerTransport.Https ? ChannelCredentials.SecureSsl : ChannelCredentials.Insecure;
        options.MaxReconnectBackoff = MostBackoff;
        options.ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new LoadBalancingConfig(WorkerBalancer.Policy) } };
        options.ServiceProvider = new WorkerBalancer.Services(listed, LookUp, addresses =>
        {
            if (_address.IsName)
                Workers = [.. addresses.Select(address => _address.At(address.EndPoint.Host, address.EndPoint.Port))];
        });
        return GrpcChannel.ForAddress(_address.IsName ? _address.Target : "static:///workers", options);
    }

    private SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true };
        if (_address.IsNetwork)
        {
            // A machine that vanishes from the network closes no connection; on this machine the system does.
            handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
            handler.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
            handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(60);
        }
        if (_address.Transport == WorkerTransport.Https)
            handler.SslOptions = _address.Access.TlsOptions();
        return handler;
    }

    private static GrpcChannelOptions Options(SocketsHttpHandler handler) => new()
    {
        HttpHandler = handler,
        DisposeHttpClient = true,
        // The worker's own limit holds for what is sent; answers are as long as tiles and scale ask for.
        MaxSendMessageSize = null,
        MaxReceiveMessageSize = null,
    };

    /// <summary>Sends the token with every call. A socket or pipe of one's own needs none.</summary>
    private CallInvoker Authorised()
    {
        var invoker = _channel.CreateCallInvoker();
        if (_address.Access.Token is not { } token || !_address.IsNetwork)
            return invoker;
        if (_address.Transport == WorkerTransport.Http && !_address.Each.All(worker => new Uri(worker.Target).IsLoopback))
            throw new KoalaException(
                KoalaErrorKind.InvalidInput, $"The token would travel unencrypted to {_address}; use https://, or leave the token out.");
        return invoker.Intercept(metadata =>
        {
            metadata.Add("authorization", $"Bearer {token}");
            return metadata;
        });
    }
}
