namespace Koala.Imaging.Tests;

/// <summary>A folder of a test's own.</summary>
public abstract class TestFolder : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("koala-imaging-").FullName;

    protected string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Names of what is in it, hidden files too.</summary>
    protected string[] Names() => [.. Directory.EnumerateFileSystemEntries(Folder).Select(path => Path.GetFileName(path)).Order()];

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected static ImageFileError ErrorOf(Action action) => Assert.Throws<ImageFileException>(action).Reason;
}
