namespace Koala.Client.CommandLine.Folders;

/// <summary>The files of a folder in a fixed order: by name, files before folders.</summary>
/// <remarks>Names that begin with a dot are left out, this program's own <c>.koala-*</c> files among them. Links are followed; a
/// folder that contains itself through a link is not entered a second time, nor are the tiles of a Deep Zoom image.</remarks>
/// <param name="except">Real path of a folder that is not entered: where the outputs go.</param>
internal sealed class FolderWalk(string? except)
{
    /// <summary>Walks through a folder.</summary>
    /// <param name="folder">Where to begin.</param>
    /// <param name="depth">How many folders a file may lie deep: 1 for those of the folder itself.</param>
    /// <returns>Files, and folders that cannot be read; relative paths begin below <paramref name="folder"/>.</returns>
    public IEnumerable<InputFile> Files(string folder, int depth) => Files(folder, "", depth, []);

    private IEnumerable<InputFile> Files(string folder, string relative, int depth, HashSet<string> above)
    {
        var real = RealPath.Of(folder);
        // Where the walk began there, the outputs lie among the inputs, and are told apart by the manifest.
        if (above.Count > 0 && RealPath.Comparer.Equals(real, except) || !above.Add(real))
            yield break;

        FileSystemInfo[] entries = [];
        CommandFailure? problem = null;
        try
        {
            // "." as the current folder would begin every path.
            entries = [.. new DirectoryInfo(folder == "" ? "." : folder).EnumerateFileSystemInfos().Where(entry => !IsHidden(entry))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = new CommandFailure(
                ExitCode.InputNotReadable, $"The folder '{folder}' cannot be read ({error.Message.TrimEnd('.')}); check its permissions.", error);
        }
        if (problem is not null)
            yield return new InputFile(folder, relative, Named: false) { Problem = problem };

        Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var file in entries.Where(entry => !IsFolder(entry)))
            yield return new InputFile(Path.Join(folder, file.Name), Path.Join(relative, file.Name), Named: false);
        if (depth > 1)
        {
            foreach (var file in entries.Where(entry => IsFolder(entry) && !IsPyramid(entry, entries))
                .SelectMany(entry => Files(Path.Join(folder, entry.Name), Path.Join(relative, entry.Name), depth - 1, above)))
                yield return file;
        }
        above.Remove(real);
    }

    private static bool IsHidden(FileSystemInfo entry) =>
        entry.Name.StartsWith('.') || OperatingSystem.IsWindows() && entry.Attributes.HasFlag(FileAttributes.Hidden);

    // The tiles of a Deep Zoom image, beside its .dzi, are no photographs.
    private static bool IsPyramid(FileSystemInfo folder, FileSystemInfo[] entries)
    {
        const string suffix = "_files";
        return folder.Name.EndsWith(suffix, StringComparison.Ordinal)
            && Array.Exists(entries, entry => entry.Name == folder.Name[..^suffix.Length] + ".dzi");
    }

    // A link to a folder is a file to the enumeration.
    private static bool IsFolder(FileSystemInfo entry) => Directory.Exists(entry.FullName);
}
