using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Koala.Worker.Hosting;

/// <summary>
/// The right of one worker to a socket's path, held until disposed.
/// </summary>
/// <remarks>
/// To find a socket nobody answers on, remove it and bind anew is three steps: two workers that start at once could
/// each remove the other's fresh socket, and both would believe to be reachable. So whoever wants the path first locks
/// a file beside it. The kernel drops the lock however its holder ends. The file stays: were it removed, a third worker
/// could lock a new file of its name while the second still holds the old one.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class SocketClaim : IDisposable
{
    private const UnixFileMode OwnFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    // EWOULDBLOCK: the only error of an open that tells of another's lock. .NET passes it on in HResult.
    private const int WouldBlock = 11;

    private readonly string _path;
    private readonly FileStream _lock;

    private SocketClaim(string path, FileStream @lock) => (_path, _lock) = (path, @lock);

    /// <summary>Makes the path free to bind: creates its folder, removes a socket that nobody answers on.</summary>
    /// <exception cref="StartException">The path is another's, or others could replace what is at it.</exception>
    public static async Task<SocketClaim> TakeAsync(ListenEndpoint.UnixSocket endpoint)
    {
        var path = endpoint.Path;
        PrepareFolder(Path.GetDirectoryName(path)!);
        var claim = new SocketClaim(path, Lock(path));
        try
        {
            if (Path.Exists(path))
                await RemoveStaleAsync(endpoint);
            return claim;
        }
        catch
        {
            claim._lock.Dispose();
            throw;
        }
    }

    /// <summary>Removes the socket and lets others have the path.</summary>
    public void Dispose()
    {
        if (UnixFile.IsSocket(_path))
            File.Delete(_path);
        _lock.Dispose();
    }

    private static void PrepareFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, OwnFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Taken($"cannot create the folder {folder}: {e.Message}", e);
        }
        if (!UnixFile.IsOwnFolder(folder))
            throw Taken($"{folder} is not a folder of yours; choose another with --listen unix:/path");
        if ((File.GetUnixFileMode(folder) & WritableByOthers) != 0)
            throw Taken($"others can write to {folder} and could replace the socket; run 'chmod go-w {folder}'");
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path + ".lock", new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new StartException(ExitCode.AlreadyRunning, $"a Koala worker is already running on unix:{path}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk or a read-only one, for example.
            throw Taken($"cannot open {path}.lock: {e.Message}", e);
        }
    }

    private static async Task RemoveStaleAsync(ListenEndpoint.UnixSocket endpoint)
    {
        var path = endpoint.Path;
        if (!UnixFile.IsSocket(path))
            throw Taken($"{path} exists and is no socket; move it away or choose another path with --listen");
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            throw Taken($"cannot connect to {path}: {e.Message}", e);
        }
        throw await EndpointProbe.DescribeAsync(endpoint);
    }

    private static StartException Taken(string message, Exception? inner = null) =>
        new(ExitCode.EndpointTaken, message, inner);
}
