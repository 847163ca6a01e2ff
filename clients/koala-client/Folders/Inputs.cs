namespace Koala.Client.CommandLine.Folders;

/// <summary>What the arguments of <c>upscale</c> stand for: files, folders, patterns and lists.</summary>
/// <param name="recursive">Whether folders in folders are entered.</param>
/// <param name="outputFolder">Where the outputs go; not entered where it lies in an input.</param>
/// <param name="standardInput">What <c>@-</c> reads.</param>
internal sealed class Inputs(bool recursive, string outputFolder, TextReader standardInput)
{
    private readonly FolderWalk _walk = new(RealPath.Of(outputFolder));

    /// <summary>Whether an argument is one photograph, whose output is a file.</summary>
    public static bool IsOnePhoto(string argument) =>
        File.Exists(argument) || !argument.StartsWith('@') && !Directory.Exists(argument) && !Glob.IsPattern(argument);

    /// <summary>The files, each once, in the order of the arguments.</summary>
    /// <exception cref="CommandFailure">An argument cannot be understood, or stands for nothing.</exception>
    public IReadOnlyList<InputFile> Expand(IReadOnlyList<string> arguments)
    {
        var folders = arguments.Count(Directory.Exists);
        return
        [
            .. arguments.SelectMany(argument => Expand(argument, alone: folders == 1))
                .GroupBy(file => Path.GetFullPath(file.Path), RealPath.Comparer)
                .Select(same => same.First() with { Named = same.Any(file => file.Named) }),
        ];
    }

    private IEnumerable<InputFile> Expand(string argument, bool alone)
    {
        if (argument == "-")
            throw new CommandFailure(ExitCode.Usage, "'-' is one photograph and has one output; @- reads a list of paths from standard input.");
        // A file may be named as a pattern or as a list is, and is meant then.
        if (File.Exists(argument))
            return [Named(argument, Path.GetFileName(argument))];
        if (argument.StartsWith('@'))
            return ReadList(argument);
        if (Directory.Exists(argument))
        {
            // As cp does it: several folders are told apart by their names.
            var prefix = alone ? "" : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(argument)));
            return _walk.Files(argument, recursive ? int.MaxValue : 1)
                .Select(file => file with { RelativePath = Path.Join(prefix, file.RelativePath) });
        }
        if (!Glob.IsPattern(argument))
            return [Named(argument, Path.GetFileName(argument))];

        var matches = new Glob(argument).Files(_walk).ToList();
        return matches.Count > 0
            ? matches
            : throw new CommandFailure(ExitCode.InputNotFound, $"No file matches '{argument}'; check the pattern, and the folder it starts from.");
    }

    private List<InputFile> ReadList(string argument)
    {
        try
        {
            var text = argument == "@-" ? standardInput.ReadToEnd() : File.ReadAllText(argument[1..]);
            // What find -print0 prints has no lines.
            return
            [
                .. text.Split(text.Contains('\0') ? '\0' : '\n')
                    .Select(line => line.TrimEnd('\r'))
                    .Where(line => !string.IsNullOrWhiteSpace(line))
                    .Select(line => Named(line, PlaceOf(line))),
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var missing = error is FileNotFoundException or DirectoryNotFoundException;
            throw new CommandFailure(
                missing ? ExitCode.InputNotFound : ExitCode.InputNotReadable,
                $"The list '{argument[1..]}' {(missing ? "does not exist" : $"cannot be read ({error.Message.TrimEnd('.')})")}; "
                + $"a photograph of that name is './{argument}'.",
                error);
        }
    }

    private static InputFile Named(string path, string relativePath) => new(path, relativePath, Named: true);

    // A list is the output of find as a rule: its folders are kept, unless they lead elsewhere.
    private static string PlaceOf(string path) =>
        Path.IsPathRooted(path) || path.Split('/', Path.DirectorySeparatorChar).Contains("..")
            ? Path.GetFileName(path)
            : Path.GetRelativePath(".", path);
}
