namespace Koala.Client.CommandLine.Folders;

/// <summary>A file to enlarge.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="RelativePath">Where it is below the folder, pattern or list that it comes from: its place in the output folder.</param>
/// <param name="Named">Whether it was asked for by its name. What was only found may turn out to be no picture.</param>
internal sealed record InputFile(string Path, string RelativePath, bool Named)
{
    /// <summary>Why it cannot be used, where that is known already.</summary>
    public CommandFailure? Problem { get; init; }

    /// <summary><see cref="RelativePath"/> with slashes, whatever the system: the same on every machine.</summary>
    public string PortablePath => RelativePath.Replace('\\', '/');
}
