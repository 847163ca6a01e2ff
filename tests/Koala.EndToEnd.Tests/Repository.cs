using System.Runtime.CompilerServices;

namespace Koala.EndToEnd.Tests;

/// <summary>Files of the repository that the tests run or read.</summary>
internal static class Repository
{
    private static readonly string Configuration =
        new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Name;

    public static string Root { get; } = Path.GetFullPath(Path.Combine(SourceFolder(), "..", ".."));

    public static string ClientProgram => Program("clients/koala-client", "koala-client");

    public static string WorkerProgram => Program("worker/Koala.Worker", "koala-worker");

    public static string Model => Path.Combine(Root, "worker", "models", "koalanet-x4.safetensors");

    public static string Sample => Path.Combine(Root, "clients", "koala-client", "samples", "friends.jpg");

    private static string Program(string project, string name) =>
        Path.Combine(Root, project, "bin", Configuration, "net10.0", OperatingSystem.IsWindows() ? name + ".exe" : name);

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
