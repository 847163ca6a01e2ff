using System.Globalization;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Koala.Worker.Hosting;

/// <summary>Sockets that systemd listens on and hands over to the worker that it starts for them (socket activation).</summary>
[SupportedOSPlatform("linux")]
internal static class InheritedSockets
{
    // SD_LISTEN_FDS_START: standard input, output and error come before.
    private const int First = 3;

    /// <summary>Makes sure that there are some, and that they are for programs of this machine: who may use them is said by the unit.</summary>
    /// <exception cref="StartException">There are none, or one is no socket in the file system.</exception>
    public static void Check()
    {
        var count = Environment.GetEnvironmentVariable("LISTEN_PID") == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
            && int.TryParse(Environment.GetEnvironmentVariable("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var handed) ? handed : 0;
        if (count == 0)
            throw new StartException(ExitCode.EndpointTaken, "systemd handed over no socket; start the .socket unit, not the program");
        for (var handle = First; handle < First + count; handle++)
        {
            using var file = new SafeSocketHandle(handle, ownsHandle: false);
            if (!IsUnixSocket(file))
                throw new StartException(
                    ExitCode.EndpointTaken, "systemd handed over something else than a Unix socket; in the .socket unit write ListenStream=/path, and give ports to --listen https://…");
        }
    }

    /// <summary>Serves them.</summary>
    public static void Listen(KestrelServerOptions kestrel, HttpProtocols protocols) => kestrel.UseSystemd(listen => listen.Protocols = protocols);

    private static bool IsUnixSocket(SafeSocketHandle file)
    {
        try
        {
            // Not disposed: the handle is Kestrel's.
            return new Socket(file).AddressFamily == AddressFamily.Unix;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
