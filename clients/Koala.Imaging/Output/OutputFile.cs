using Koala.Imaging.Metadata;
using NetVips;

namespace Koala.Imaging.Output;

/// <summary>A file: written under a hidden name in the same folder and renamed at the end.</summary>
internal sealed class OutputFile : OutputPlace
{
    private readonly string _path;
    private readonly bool _overwrite;
    private readonly TargetFile _temporary;

    private OutputFile(string path, bool overwrite, TargetFile temporary) =>
        (_path, _overwrite, _temporary) = (path, overwrite, temporary);

    /// <inheritdoc/>
    public override ImageFileException? Failure => _temporary.Failure is { } error ? WriteError(_path, error) : null;

    /// <summary>Creates the temporary file, which shows before any work that the output can be written.</summary>
    /// <param name="path">The file to be.</param>
    /// <param name="input">A file that the output must not be.</param>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <param name="bytes">About how many will be written.</param>
    /// <exception cref="ImageFileException">The output cannot be written.</exception>
    public static OutputFile Create(string path, string input, bool overwrite, long bytes)
    {
        var target = Check(path, input, overwrite);
        var folder = Path.GetDirectoryName(target)!;
        DiskSpace.Require(bytes, folder, path);
        try
        {
            return new OutputFile(target, overwrite, new TargetFile(HiddenIn(folder)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WriteError(path, error);
        }
    }

    /// <summary>Finds out whether a file can be written; writes nothing.</summary>
    /// <inheritdoc cref="Create"/>
    public static void CheckPlace(string path, string input, bool overwrite) => Check(path, input, overwrite);

    /// <summary>Writes a file that is encoded already, whole or not at all.</summary>
    /// <inheritdoc cref="Create"/>
    public static void Write(string path, string input, bool overwrite, byte[] content)
    {
        using var file = Create(path, input, overwrite, content.Length);
        try
        {
            file._temporary.Stream.Write(content);
        }
        catch (IOException error)
        {
            throw WriteError(path, error);
        }
        file.Commit();
    }

    /// <inheritdoc/>
    public override void Save(ImageFormat format, Image image, ImageWriterOptions options, PictureMetadata metadata) =>
        _temporary.Save(format, image, options, metadata);

    /// <inheritdoc/>
    public override void Commit()
    {
        try
        {
            _temporary.Stream.Flush(flushToDisk: true);
            _temporary.Stream.Dispose();
            File.Move(_temporary.Stream.Name, _path, _overwrite);
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

    /// <inheritdoc/>
    public override void Dispose() => _temporary.Dispose();
}
