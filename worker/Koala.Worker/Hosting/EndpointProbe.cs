using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Koala.Protocol.V1;

namespace Koala.Worker.Hosting;

/// <summary>Finds out who answers on an endpoint that is taken.</summary>
internal static class EndpointProbe
{
    // A worker answers GetStatus at once, even while it loads its models.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Why the endpoint cannot be listened on: a Koala worker is there already, or another program.</summary>
    public static async Task<StartException> DescribeAsync(ListenEndpoint endpoint)
    {
        if (endpoint is ListenEndpoint.Encrypted)
            return new StartException(ExitCode.EndpointTaken, $"{endpoint} is taken by another worker or program; choose another with --listen");
        using var handler = new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(endpoint, token) };
        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler });
        try
        {
            var status = await new Upscaler.UpscalerClient(channel).GetStatusAsync(
                new GetStatusRequest(), deadline: DateTime.UtcNow + Patience);
            return new StartException(
                ExitCode.AlreadyRunning, $"a Koala worker is already running on {endpoint}, process {status.ProcessId}");
        }
        catch (RpcException e)
        {
            return new StartException(
                ExitCode.EndpointTaken, $"{endpoint} is taken by another program; choose another with --listen", e);
        }
    }

    /// <summary>A connection to whoever listens there.</summary>
    public static async ValueTask<Stream> ConnectAsync(ListenEndpoint endpoint, CancellationToken cancellationToken)
    {
        switch (endpoint)
        {
            case ListenEndpoint.NamedPipe(var name):
                var pipe = new NamedPipeClientStream(".", name, PipeDirection.InOut, PipeOptions.Asynchronous);
                await pipe.ConnectAsync(cancellationToken);
                return pipe;
            case ListenEndpoint.UnixSocket(var path):
                var local = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await local.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(local, ownsSocket: true);
            case ListenEndpoint.Loopback(var address):
                return await ConnectAsync(address, cancellationToken);
            case ListenEndpoint.Encrypted(var address):
                return await ConnectAsync(address, cancellationToken);
            default:
                throw new ArgumentOutOfRangeException(nameof(endpoint), endpoint, null);
        }
    }

    private static async ValueTask<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var tcp = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await tcp.ConnectAsync(address, cancellationToken);
        return new NetworkStream(tcp, ownsSocket: true);
    }
}
