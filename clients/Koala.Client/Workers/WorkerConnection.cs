using System.IO.Pipes;
using System.Net.Sockets;
using System.Security.Principal;

namespace Koala.Client;

/// <summary>Opens a stream of bytes to a worker's address.</summary>
internal static class WorkerConnection
{
    private static readonly TimeSpan PipeTimeout = TimeSpan.FromSeconds(2);

    /// <exception cref="SocketException">Nothing listens there.</exception>
    /// <exception cref="TimeoutException">Nothing listens there (named pipe).</exception>
    public static async ValueTask<Stream> OpenAsync(WorkerAddress address, CancellationToken cancellationToken)
    {
        switch (address.Transport)
        {
            case WorkerTransport.UnixSocket:
                var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                return await ConnectAsync(
                    unix, unix.ConnectAsync(new UnixDomainSocketEndPoint(address.Target), cancellationToken));

            case WorkerTransport.NamedPipe:
                // CurrentUserOnly: a pipe of that name which another user made is not trusted with the image.
                var pipe = new NamedPipeClientStream(
                    ".", address.Target, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly,
                    TokenImpersonationLevel.Anonymous);
                try
                {
                    await pipe.ConnectAsync(PipeTimeout, cancellationToken);
                    return pipe;
                }
                catch
                {
                    await pipe.DisposeAsync();
                    throw;
                }

            default:
                var uri = new Uri(address.Target);
                var tcp = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                return await ConnectAsync(tcp, tcp.ConnectAsync(uri.Host, uri.Port, cancellationToken));
        }
    }

    private static async ValueTask<Stream> ConnectAsync(Socket socket, ValueTask connecting)
    {
        try
        {
            await connecting;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
