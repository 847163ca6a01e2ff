using System.Net.Sockets;
using Koala.Protocol;

namespace Koala.Client;

/// <summary>How a worker is reached.</summary>
public enum WorkerTransport
{
    /// <summary>A Unix domain socket.</summary>
    UnixSocket,

    /// <summary>A Windows named pipe.</summary>
    NamedPipe,

    /// <summary>HTTP/2 without TLS, for a tunnel or a trusted network.</summary>
    Http,

    /// <summary>HTTP/2 with TLS.</summary>
    Https,
}

/// <summary>
/// Where a worker listens: <c>unix:/path</c>, <c>pipe:name</c>, <c>http://host:port</c> or <c>https://host:port</c>. Several workers that
/// share the work: addresses of one of the two latter kinds separated by commas, or <c>dns:///name:port</c> for all machines of a name, over TLS.
/// </summary>
public sealed record WorkerAddress
{
    /// <summary>Name of the environment variable that replaces the user's own address.</summary>
    public const string EnvironmentVariable = "KOALA_WORKER";

    private const string Expected =
        "unix:/path, pipe:name, http://host:port or https://host:port, several of one of these two with commas between, or dns:///name:port";

    private WorkerAddress(WorkerTransport transport, string target)
    {
        Transport = transport;
        Target = target;
    }

    /// <summary>How the worker is reached.</summary>
    public WorkerTransport Transport { get; }

    /// <summary>The socket's absolute path, the pipe's name, the URL, or the URLs with commas between.</summary>
    public string Target { get; private init; }

    /// <summary>How the worker knows the client, and the client the worker. Default: <see cref="WorkerAccess.None"/>.</summary>
    public WorkerAccess Access { get; init; } = WorkerAccess.None;

    /// <summary>Whether the worker may be on another machine: it is neither started nor stopped from here.</summary>
    public bool IsNetwork => Transport is WorkerTransport.Http or WorkerTransport.Https;

    /// <summary>Whether several workers are meant, which share a job's tiles.</summary>
    public bool IsSeveral => IsNetwork && (IsName || Target.Contains(',', StringComparison.Ordinal));

    /// <summary>Whether it is a name whose machines are looked up.</summary>
    internal bool IsName => Target.StartsWith("dns:", StringComparison.Ordinal);

    /// <summary>What is between the commas.</summary>
    internal IReadOnlyList<WorkerAddress> Each =>
        IsNetwork ? [.. Target.Split(',').Select(target => this with { Target = target })] : [this];

    /// <summary>
    /// The address in <c>KOALA_WORKER</c>, else the user's own: a named pipe on Windows, a Unix domain socket elsewhere. Its access is that
    /// of the environment.
    /// </summary>
    /// <exception cref="KoalaException"><c>KOALA_WORKER</c> is no address.</exception>
    public static WorkerAddress Default
    {
        get
        {
            var text = Environment.GetEnvironmentVariable(EnvironmentVariable);
            try
            {
                if (!string.IsNullOrEmpty(text))
                    return Parse(text) with { Access = WorkerAccess.FromEnvironment() };
                return OperatingSystem.IsWindows()
                    ? new WorkerAddress(WorkerTransport.NamedPipe, DefaultEndpoint.PipeName)
                    : Parse("unix:" + DefaultEndpoint.SocketPath);
            }
            catch (FormatException exception)
            {
                throw new KoalaException(
                    KoalaErrorKind.InvalidInput, $"Set {EnvironmentVariable} to an address: {exception.Message}",
                    innerException: exception);
            }
        }
    }

    /// <summary>Reads an address.</summary>
    /// <param name="text">
    /// <c>unix:/path</c>, <c>pipe:name</c>, <c>http://host:port</c> or <c>https://host:port</c>, several of one of these two with commas
    /// between, or <c>dns:///name:port</c>. An address that stands for several workers itself, a proxy's, may be repeated: so many streams
    /// are opened there for a job.
    /// </param>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static WorkerAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith("http", StringComparison.Ordinal) && text.Contains(',', StringComparison.Ordinal))
        {
            var each = text.Split(',', StringSplitOptions.TrimEntries).Select(Parse).ToArray();
            if (each.Any(address => address.Transport != each[0].Transport || address.IsName))
                throw new FormatException($"Expected addresses that all begin with http:// or all with https:// but got '{text}'.");
            return new WorkerAddress(each[0].Transport, string.Join(',', each.Select(address => address.Target)));
        }
        if (text.StartsWith("unix:", StringComparison.Ordinal) && text.Length > 5)
            return new WorkerAddress(WorkerTransport.UnixSocket, CheckSocketPath(Path.GetFullPath(text[5..])));
        if (text.StartsWith("pipe:", StringComparison.Ordinal) && text.Length > 5 && text.IndexOfAny(['/', '\\']) < 0)
            return new WorkerAddress(WorkerTransport.NamedPipe, text[5..]);
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0)
        {
            if (uri.Scheme == Uri.UriSchemeHttp)
                return new WorkerAddress(WorkerTransport.Http, $"http://{uri.Authority}");
            if (uri.Scheme == Uri.UriSchemeHttps)
                return new WorkerAddress(WorkerTransport.Https, $"https://{uri.Authority}");
        }
        if (text.StartsWith("dns:///", StringComparison.Ordinal) && Uri.TryCreate("https://" + text[7..], UriKind.Absolute, out var name)
            && name.PathAndQuery == "/" && name.UserInfo.Length == 0 && text.EndsWith($":{name.Port}", StringComparison.Ordinal))
            return new WorkerAddress(WorkerTransport.Https, text);
        throw new FormatException($"Expected {Expected} but got '{text}'.");
    }

    /// <summary>One of several workers, by where it was found.</summary>
    internal WorkerAddress At(string host, int port) => this with { Target = new UriBuilder(Transport == WorkerTransport.Https ? "https" : "http", host, port).Uri.GetLeftPart(UriPartial.Authority) };

    /// <summary>Checks that <see cref="Access"/> can be used; a connection does so too, but late.</summary>
    /// <exception cref="KoalaException">A file of it cannot be used, or the token would travel unencrypted.</exception>
    public void CheckAccess()
    {
        using var channel = new WorkerChannel(this);
    }

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Transport switch
    {
        WorkerTransport.UnixSocket => "unix:" + Target,
        WorkerTransport.NamedPipe => "pipe:" + Target,
        _ => Target,
    };

    private static string CheckSocketPath(string path)
    {
        try
        {
            _ = new UnixDomainSocketEndPoint(path);
            return path;
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new FormatException($"Expected a socket path of about 100 bytes at most but got '{path}'.");
        }
    }
}
