namespace Koala.Client.CommandLine.Folders;

/// <summary>Paths with every link followed: two of them are equal only where they name the same file.</summary>
internal static class RealPath
{
    // What Linux follows before it speaks of a loop.
    private const int MostLinks = 40;

    /// <summary>Compares paths, and names in them, as the system's usual file systems do.</summary>
    public static StringComparer Comparer { get; } =
        OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>The full path of what a path leads to, whether the last parts exist or not. Links that go round are left as they are.</summary>
    public static string Of(string path)
    {
        var links = 0;
        return Resolve(Path.GetFullPath(path));

        string Resolve(string full)
        {
            full = Path.TrimEndingDirectorySeparator(full);
            if (Path.GetDirectoryName(full) is not { } parent)
                return full;
            var here = Path.Combine(Resolve(parent), Path.GetFileName(full));
            return new FileInfo(here).LinkTarget is { } link && links++ < MostLinks
                ? Resolve(Path.GetFullPath(link, Path.GetDirectoryName(here)!))
                : here;
        }
    }
}
