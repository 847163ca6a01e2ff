using NetVips;

namespace Koala.Imaging;

/// <summary>
/// A file that appears under its name only when it is whole: it is written under a hidden name in the same folder and
/// renamed at the end.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string _path;
    private readonly bool _overwrite;
    private readonly FileStream _temporary;
    private Exception? _failure;

    private OutputFile(string path, bool overwrite, FileStream temporary)
    {
        _path = path;
        _overwrite = overwrite;
        _temporary = temporary;
        Target = new TargetCustom();
        Target.OnWrite += (buffer, length) => Attempt(() =>
        {
            _temporary.Write(buffer, 0, length);
            return length;
        });
        // TIFF goes back to write the places of its strips.
        Target.OnRead += (buffer, length) => (int)Attempt(() => _temporary.Read(buffer, 0, length));
        Target.OnSeek += (offset, origin) => Attempt(() => _temporary.Seek(offset, origin));
        Target.OnEnd += () => Attempt(() => 0) == 0 ? 0 : -1;
    }

    /// <summary>Where libvips writes to.</summary>
    public TargetCustom Target { get; }

    /// <summary>Creates the temporary file, which shows before any work that the output can be written.</summary>
    /// <param name="path">The file to be.</param>
    /// <param name="input">A file that the output must not be.</param>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <exception cref="ImageFileException">The output cannot be written.</exception>
    public static OutputFile Create(string path, string input, bool overwrite)
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
        if (!overwrite && File.Exists(target))
            throw Exists(path);

        try
        {
            var temporary = new FileStream(
                Path.Combine(folder, $".koala-{Path.GetRandomFileName()}"),
                FileMode.CreateNew,
                FileAccess.ReadWrite);
            return new OutputFile(target, overwrite, temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WriteError(path, error);
        }
    }

    /// <summary>Gives the file its name, once all of it is on the disk.</summary>
    /// <exception cref="ImageFileException">The output cannot be written.</exception>
    public void Commit()
    {
        try
        {
            _temporary.Flush(flushToDisk: true);
            _temporary.Dispose();
            File.Move(_temporary.Name, _path, _overwrite);
        }
        catch (IOException) when (!_overwrite && File.Exists(_path))
        {
            throw Exists(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WriteError(_path, error);
        }
    }

    /// <summary>What libvips calls an error of its own but was one of the file.</summary>
    public ImageFileException? Failure => _failure is null ? null : WriteError(_path, _failure);

    /// <summary>Removes what has been written, unless it was committed.</summary>
    public void Dispose()
    {
        try
        {
            _temporary.Dispose();
        }
        catch (IOException)
        {
            // The last bytes did not fit; they are not wanted.
        }
        File.Delete(_temporary.Name);
        Target.Dispose();
    }

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

    /// <summary>Exceptions must not pass through libvips: they are kept, and it is told of an error.</summary>
    private long Attempt(Func<long> action)
    {
        if (_failure is not null)
            return -1;
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _failure = error;
            return -1;
        }
    }

    private static ImageFileException Exists(string path) => new(
        ImageFileError.OutputExists, $"'{path}' exists; choose another name or allow it to be replaced.");

    private static ImageFileException WriteError(string path, Exception error) => IsDiskFull(error)
        ? new ImageFileException(
            ImageFileError.DiskFull, $"The disk is full while writing '{path}'; free some space or choose another folder.", error)
        : new ImageFileException(
            ImageFileError.OutputNotWritable,
            $"'{path}' cannot be written ({error.Message.TrimEnd('.')}); check the folder's permissions or choose another.",
            error);

    // ENOSPC and EDQUOT of Linux, EDQUOT of macOS; ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL of Windows.
    private static bool IsDiskFull(Exception error) =>
        error.HResult is 28 or 122 or 69 or unchecked((int)0x80070027) or unchecked((int)0x80070070);
}
