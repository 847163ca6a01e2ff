using System.IO.Enumeration;

namespace Koala.Client.CommandLine.Folders;

/// <summary>
/// A pattern of paths: <c>*</c> and <c>?</c> within a name, <c>**</c> for any number of folders. It walks as <see cref="FolderWalk"/>
/// does, which the usual library does not: that one follows links in circles, and has no <c>?</c>.
/// </summary>
internal sealed class Glob
{
    private readonly string _folder;
    private readonly string[] _pattern;

    /// <summary>Reads a pattern.</summary>
    public Glob(string pattern)
    {
        var parts = pattern.Split('/', Path.DirectorySeparatorChar);
        var first = Array.FindIndex(parts, IsPattern);
        // The part before "/scans" is empty, and stands for the root.
        _folder = first == 1 && parts[0] == "" ? "/" : string.Join('/', parts[..first]);
        _pattern = [.. parts[first..].Where(part => part is not ("" or "."))];
    }

    /// <summary>Whether a text is a pattern at all.</summary>
    public static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    /// <summary>The files that match; relative paths begin behind the pattern's folders without wildcards.</summary>
    public IEnumerable<InputFile> Files(FolderWalk walk) => walk
        .Files(_folder, _pattern.Contains("**") ? int.MaxValue : _pattern.Length)
        .Where(file => file.Problem is not null || Matches(_pattern, file.RelativePath.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar)));

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> names)
    {
        if (pattern.IsEmpty)
            return names.IsEmpty;
        if (pattern[0] == "**")
            return Matches(pattern[1..], names) || !names.IsEmpty && Matches(pattern, names[1..]);
        return !names.IsEmpty
            && FileSystemName.MatchesSimpleExpression(pattern[0], names[0], ignoreCase: !OperatingSystem.IsLinux())
            && Matches(pattern[1..], names[1..]);
    }
}
