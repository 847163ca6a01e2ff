using Koala.Worker.Hosting;

namespace Koala.Worker.Tests;

/// <summary>An empty folder of the user's own, removed with all that is in it.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("koala-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>A socket in the folder, or a pipe where the system has those.</summary>
    public ListenEndpoint Endpoint() => OperatingSystem.IsWindows()
        ? new ListenEndpoint.NamedPipe(System.IO.Path.GetFileName(Path))
        : new ListenEndpoint.UnixSocket(File("worker.sock"));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
