namespace Koala.Client;

/// <summary>Finds the worker's program.</summary>
public static class WorkerProgram
{
    /// <summary>Name of the environment variable that names the program.</summary>
    public const string EnvironmentVariable = "KOALA_WORKER_PROGRAM";

    /// <summary>The folder in which a user's own worker is looked for, for all clients: <c>koala/worker</c> in the user's local application data.</summary>
    public static string UserFolder => Path.GetFullPath(Path.Combine("koala", "worker"), UserData());

    private static string FileName => OperatingSystem.IsWindows() ? "koala-worker.exe" : "koala-worker";

    /// <summary>
    /// The absolute path of the program: <paramref name="program"/> if given, else <c>KOALA_WORKER_PROGRAM</c> if set, else
    /// the first that exists of <c>worker/koala-worker</c> and <c>koala-worker</c> beside the application and beside this library (a
    /// plug-in's folder is not its host's), <c>koala-worker</c> in <see cref="UserFolder"/>, and <paramref name="fallback"/>.
    /// </summary>
    /// <param name="program">A path, or <see langword="null"/>.</param>
    /// <param name="fallback">A path to try last, or <see langword="null"/>.</param>
    /// <exception cref="KoalaException">There is none; the message names the places tried.</exception>
    public static string Find(string? program = null, string? fallback = null)
    {
        // What is named explicitly is taken or missed: another program in its place would be a surprise.
        var named = program ?? Environment.GetEnvironmentVariable(EnvironmentVariable);
        string[] places = string.IsNullOrEmpty(named)
            ?
            [
                .. InstallFolders().SelectMany(folder => new[] { Path.Combine(folder, "worker", FileName), Path.Combine(folder, FileName) }),
                Path.Combine(UserFolder, FileName),
                .. string.IsNullOrEmpty(fallback) ? Array.Empty<string>() : [fallback],
            ]
            : [named];
        return Path.GetFullPath(Array.Find(places, File.Exists) ?? throw new KoalaException(
            KoalaErrorKind.WorkerNotFound,
            $"The worker's program is not at {string.Join(", ", places)}; install it there or set {EnvironmentVariable} "
            + "to its path."));
    }

    // Without a home there is none: a folder that does not exist either stands for it.
    private static string UserData() =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } folder
            ? folder : Path.Combine(AppContext.BaseDirectory, "user");

    private static IEnumerable<string> InstallFolders()
    {
        var library = Path.GetDirectoryName(typeof(WorkerProgram).Assembly.Location);
        return ((string[])[AppContext.BaseDirectory, string.IsNullOrEmpty(library) ? AppContext.BaseDirectory : library])
            .Select(Path.TrimEndingDirectorySeparator).Distinct(StringComparer.Ordinal);
    }
}
