using Koala.Imaging.Metadata;
using NetVips;

namespace Koala.Imaging.Output;

/// <summary>
/// A Deep Zoom pyramid: NAME.dzi and the folder NAME_files with its tiles, both made in a hidden folder beside and renamed
/// at the end.
/// </summary>
internal sealed class OutputPyramid : OutputPlace
{
    // In the hidden folder. libvips takes "[…]" at a name's end for options, and ".zip" for a format.
    private const string Name = "pyramid";

    private readonly string _path;
    private readonly bool _overwrite;
    private readonly string _temporary;

    private OutputPyramid(string path, bool overwrite, string temporary) => (_path, _overwrite, _temporary) = (path, overwrite, temporary);

    /// <summary>Creates the hidden folder.</summary>
    /// <inheritdoc cref="OutputFile.Create"/>
    public static OutputPyramid Create(string path, string input, bool overwrite, long bytes)
    {
        var target = Check(path, input, overwrite);
        var folder = Path.GetDirectoryName(target)!;
        if (!overwrite && Directory.Exists(TilesOf(target)))
            throw Exists(TilesOf(path));
        DiskSpace.Require(bytes, folder, path);
        try
        {
            return new OutputPyramid(target, overwrite, Directory.CreateDirectory(HiddenIn(folder)).FullName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WriteError(path, error);
        }
    }

    /// <inheritdoc/>
    public override void Save(ImageFormat format, Image image, ImageWriterOptions options, PictureMetadata metadata)
    {
        var keepsAll = image.HasAlpha() || image.Format != Enums.BandFormat.Uchar;
        try
        {
            image.Dzsave(
                Path.Combine(_temporary, Name),
                suffix: keepsAll ? ".png[compression=2]" : $".jpg[Q={options.Quality ?? 95},subsample-mode=off]",
                keep: Enums.ForeignKeep.Icc);
        }
        // libvips writes these files itself: its message is all that there is.
        catch (VipsException error) when (error.Message.Contains("No space left", StringComparison.Ordinal))
        {
            throw new ImageFileException(
                ImageFileError.DiskFull, $"The disk is full while writing '{_path}'; free some space or choose another folder.", error);
        }
    }

    /// <inheritdoc/>
    public override void Commit()
    {
        var (tiles, old) = (TilesOf(_path), Path.Combine(_temporary, "old"));
        try
        {
            if (!_overwrite && (File.Exists(_path) || Directory.Exists(tiles)))
                throw Exists(_path);
            if (Directory.Exists(tiles))
                Directory.Move(tiles, old);
            Directory.Move(Path.Combine(_temporary, $"{Name}_files"), tiles);
            File.Move(Path.Combine(_temporary, $"{Name}.dzi"), _path, _overwrite);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (!Directory.Exists(tiles) && Directory.Exists(old))
                Directory.Move(old, tiles);
            throw WriteError(_path, error);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        try
        {
            Directory.Delete(_temporary, recursive: true);
        }
        catch (IOException)
        {
            // An encoder that has not yet noticed is still writing; why it is being stopped is the news.
        }
    }

    private static string TilesOf(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, $"{Path.GetFileNameWithoutExtension(path)}_files");
}
