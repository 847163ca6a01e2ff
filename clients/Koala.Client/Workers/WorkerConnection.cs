using System.IO.Pipes;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Principal;

namespace Koala.Client;

/// <summary>Opens a stream of bytes to a worker's address.</summary>
internal static partial class WorkerConnection
{
    // SOL_SOCKET and SO_PEERCRED of Linux.
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    private static readonly TimeSpan PipeTimeout = TimeSpan.FromSeconds(2);

    /// <exception cref="KoalaException">What listens there belongs to another user.</exception>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    /// <exception cref="TimeoutException">Nothing listens there (named pipe).</exception>
    public static async ValueTask<Stream> OpenAsync(WorkerAddress address, CancellationToken cancellationToken)
    {
        switch (address.Transport)
        {
            case WorkerTransport.UnixSocket:
                var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                var stream = await ConnectAsync(
                    unix, unix.ConnectAsync(new UnixDomainSocketEndPoint(address.Target), cancellationToken));
                if (IsTrusted(unix))
                    return stream;
                await stream.DisposeAsync();
                throw BelongsToAnotherUser(address);

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
                catch (UnauthorizedAccessException exception)
                {
                    await pipe.DisposeAsync();
                    throw BelongsToAnotherUser(address, exception);
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

    /// <summary>
    /// The process at the other end, as the system knows it; <see langword="null"/> where the system does not tell.
    /// </summary>
    public static int? PeerProcessId(Stream stream) =>
        OperatingSystem.IsLinux() && stream is NetworkStream { Socket: { AddressFamily: AddressFamily.Unix } socket }
            ? ReadPeer(socket).ProcessId
            : null;

    /// <summary>For an address that another user holds.</summary>
    public static KoalaException BelongsToAnotherUser(WorkerAddress address, Exception? cause = null) => new(
        KoalaErrorKind.WorkerUnavailable,
        $"{address} belongs to another user; name another address in {WorkerAddress.EnvironmentVariable}.",
        innerException: cause);

    // A socket of that name which another user made is not trusted with the image; root could read it anyway.
    private static bool IsTrusted(Socket socket) =>
        !OperatingSystem.IsLinux() || ReadPeer(socket).UserId is var user && (user == 0 || user == EffectiveUserId());

    private static (int ProcessId, uint UserId) ReadPeer(Socket socket)
    {
        Span<byte> peer = stackalloc byte[3 * sizeof(int)]; // process, user, group
        socket.GetRawSocketOption(SocketLevel, PeerCredentials, peer);
        return (MemoryMarshal.Read<int>(peer), MemoryMarshal.Read<uint>(peer[sizeof(int)..]));
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [SupportedOSPlatform("linux")]
    private static partial uint EffectiveUserId();

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
