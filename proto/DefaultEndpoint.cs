using System.Runtime.Versioning;

namespace Koala.Protocol;

/// <summary>Where a worker listens, and a client looks for it, unless told otherwise: a socket of the user's own.</summary>
public static class DefaultEndpoint
{
    /// <summary>Name of the Windows named pipe, one per user.</summary>
    public static string PipeName => $"koala-worker-{Environment.UserName}";

    /// <summary>
    /// Path of the Unix domain socket: <c>koala/worker.sock</c> in <c>XDG_RUNTIME_DIR</c>, or in
    /// <c>koala-USER</c> of the temporary folder where a session has none.
    /// </summary>
    [UnsupportedOSPlatform("windows")]
    public static string SocketPath
    {
        get
        {
            var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
            var folder = string.IsNullOrEmpty(runtime)
                ? Path.Combine(Path.GetTempPath(), $"koala-{Environment.UserName}")
                : Path.Combine(runtime, "koala");
            return Path.Combine(folder, "worker.sock");
        }
    }
}
