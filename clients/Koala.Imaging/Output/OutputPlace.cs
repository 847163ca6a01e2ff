using Koala.Imaging.Metadata;
using NetVips;

namespace Koala.Imaging.Output;

/// <summary>Where an encoded picture goes; it appears there only when it is whole.</summary>
internal abstract class OutputPlace : IDisposable
{
    /// <summary>Encodes the picture out of sight.</summary>
    public abstract void Save(ImageFormat format, Image image, ImageWriterOptions options, PictureMetadata metadata);

    /// <summary>What libvips calls an error of its own but was one of the file system.</summary>
    public virtual ImageFileException? Failure => null;

    /// <summary>Shows the picture, once all of it is written.</summary>
    /// <exception cref="ImageFileException">The output cannot be written.</exception>
    public abstract void Commit();

    /// <summary>Removes what has been written, unless it was committed.</summary>
    public abstract void Dispose();

    /// <summary>Finds out whether a file or folder of a name can be written.</summary>
    /// <returns>The full path behind all links.</returns>
    /// <exception cref="ImageFileException">It cannot.</exception>
    protected static string Check(string path, string input, bool overwrite)
    {
        var target = Resolve(path);
        if (string.Equals(target, Resolve(input), PathComparison))
        {
            throw new ImageFileException(
                ImageFileError.OutputIsInput, $"'{path}' is the picture itself; choose another name for the output.");
        }
        if (Directory.Exists(target))
        {
            throw new ImageFileException(
                ImageFileError.OutputIsDirectory, $"'{path}' is a folder; add a file name for the output.");
        }
        var folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            throw new ImageFileException(
                ImageFileError.OutputFolderMissing, $"The folder '{folder}' does not exist; create it first.");
        }
        return overwrite || !File.Exists(target) ? target : throw Exists(path);
    }

    /// <summary>A hidden name in a folder that nothing has yet.</summary>
    protected static string HiddenIn(string folder) => Path.Combine(folder, $".koala-{Path.GetRandomFileName()}");

    protected static ImageFileException Exists(string path) => new(
        ImageFileError.OutputExists, $"'{path}' exists; choose another name or allow it to be replaced.");

    protected static ImageFileException WriteError(string path, Exception error) => IsDiskFull(error)
        ? new ImageFileException(
            ImageFileError.DiskFull, $"The disk is full while writing '{path}'; free some space or choose another folder.", error)
        : new ImageFileException(
            ImageFileError.OutputNotWritable,
            $"'{path}' cannot be written ({error.Message.TrimEnd('.')}); check the folder's permissions or choose another.",
            error);

    private static StringComparison PathComparison =>
        OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>The full path with every link followed, whether the last part exists or not.</summary>
    private static string Resolve(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
            return full;
        var here = Path.Combine(Resolve(parent), Path.GetFileName(full));
        return new FileInfo(here).LinkTarget is { } link ? Resolve(Path.Combine(Path.GetDirectoryName(here)!, link)) : here;
    }

    // ENOSPC and EDQUOT of Linux, EDQUOT of macOS; ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL of Windows.
    private static bool IsDiskFull(Exception error) =>
        error.HResult is 28 or 122 or 69 or unchecked((int)0x80070027) or unchecked((int)0x80070070);
}
