using System.Net;
using System.Text;
using Koala.Protocol;

namespace Koala.Worker.Hosting;

/// <summary>Where a worker listens: without encryption on this machine alone, encrypted anywhere.</summary>
internal abstract record ListenEndpoint
{
    // The kernel's sun_path has 108 bytes with its closing zero.
    private const int LongestSocketPath = 107;

    private ListenEndpoint()
    {
    }

    /// <summary>unix:/path</summary>
    internal sealed record UnixSocket(string Path) : ListenEndpoint
    {
        public override string ToString() => $"unix:{Path}";
    }

    /// <summary>pipe:NAME</summary>
    internal sealed record NamedPipe(string Name) : ListenEndpoint
    {
        public override string ToString() => $"pipe:{Name}";
    }

    /// <summary>http://127.0.0.1:PORT</summary>
    internal sealed record Loopback(IPEndPoint Address) : ListenEndpoint
    {
        public override string ToString() => $"http://{Address}";
    }

    /// <summary>https://ADDRESS:PORT; 0.0.0.0 and [::] are all addresses of the machine.</summary>
    internal sealed record Encrypted(IPEndPoint Address) : ListenEndpoint
    {
        public bool IsLoopback => IPAddress.IsLoopback(Address.Address);

        public override string ToString() => $"https://{Address}";
    }

    /// <summary>systemd: the Unix sockets that systemd listens on and hands over.</summary>
    internal sealed record Inherited : ListenEndpoint
    {
        public override string ToString() => "systemd:";
    }

    /// <summary>Number of the port; null for a socket or a pipe.</summary>
    public int? Port => this switch
    {
        Loopback(var address) => address.Port,
        Encrypted(var address) => address.Port,
        _ => null,
    };

    /// <summary>A socket, or on Windows a pipe, of the user's own.</summary>
    public static ListenEndpoint Default => OperatingSystem.IsWindows()
        ? new NamedPipe(DefaultEndpoint.PipeName)
        : new UnixSocket(DefaultEndpoint.SocketPath);

    /// <summary>As <see cref="Parse(string)"/>, for an option; null where a problem was added.</summary>
    public static ListenEndpoint? Parse(string option, string text, List<string> problems)
    {
        try
        {
            return Parse(text);
        }
        catch (FormatException e)
        {
            problems.Add($"{option}: {e.Message}");
            return null;
        }
    }

    /// <exception cref="FormatException">The text is no endpoint for this system; the message says why.</exception>
    public static ListenEndpoint Parse(string text)
    {
        if (text.StartsWith("unix:", StringComparison.Ordinal))
            return ParseSocket(text["unix:".Length..]);
        if (text.StartsWith("pipe:", StringComparison.Ordinal))
            return ParsePipe(text["pipe:".Length..]);
        if (text.StartsWith("http://", StringComparison.Ordinal))
            return ParseLoopback(text);
        if (text.StartsWith("https://", StringComparison.Ordinal))
            return new Encrypted(ParsePort(text, "https://ADDRESS:PORT"));
        if (text == "systemd:" && OperatingSystem.IsLinux())
            return new Inherited();
        throw new FormatException($"expected unix:/path, pipe:NAME, http://127.0.0.1:PORT or https://ADDRESS:PORT, got '{text}'");
    }

    private static UnixSocket ParseSocket(string path)
    {
        if (!OperatingSystem.IsLinux())
            throw new FormatException("unix: is for Linux; use pipe:NAME or http://127.0.0.1:PORT");
        if (!System.IO.Path.IsPathFullyQualified(path) || path.EndsWith('/'))
            throw new FormatException($"unix: expected the absolute path of a file, got '{path}'");
        if (Encoding.UTF8.GetByteCount(path) > LongestSocketPath)
            throw new FormatException($"unix: a socket's path has at most {LongestSocketPath} bytes, got '{path}'");
        return new UnixSocket(System.IO.Path.GetFullPath(path));
    }

    private static NamedPipe ParsePipe(string name)
    {
        if (!OperatingSystem.IsWindows())
            throw new FormatException("pipe: is for Windows; use unix:/path or http://127.0.0.1:PORT");
        if (name.Length is 0 or > 200 || name.Contains('\\', StringComparison.Ordinal))
            throw new FormatException($"pipe: expected a name of 1 to 200 characters without \\, got '{name}'");
        return new NamedPipe(name);
    }

    private static Loopback ParseLoopback(string text)
    {
        var address = ParsePort(text, "http://127.0.0.1:PORT");
        if (!IPAddress.IsLoopback(address.Address))
            throw new FormatException(
                $"{text} could be reached from other machines, which needs encryption: use https://{address} with --certificate and --token-file, "
                + "or 127.0.0.1, localhost or [::1]");
        return new Loopback(address);
    }

    private static IPEndPoint ParsePort(string text, string expected)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.PathAndQuery != "/" || uri.IsDefaultPort)
            throw new FormatException($"expected {expected}, got '{text}'");
        var host = uri.Host == "localhost" ? IPAddress.Loopback.ToString() : uri.DnsSafeHost;
        return IPAddress.TryParse(host, out var address)
            ? new IPEndPoint(address, uri.Port)
            : throw new FormatException($"expected the number of an address of this machine, or 0.0.0.0 for all, got '{text}'");
    }
}
