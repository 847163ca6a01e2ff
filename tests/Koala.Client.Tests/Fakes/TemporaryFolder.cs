namespace Koala.Client.Tests.Fakes;

/// <summary>A folder of one test, with a path short enough for a socket.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("koala-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public WorkerAddress Socket => WorkerAddress.Parse("unix:" + this["worker.sock"]);

    /// <summary>Writes an executable shell script and returns its path.</summary>
    public string Script(string text)
    {
        var path = this["koala-worker"];
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
