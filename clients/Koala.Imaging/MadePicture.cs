using Koala.Imaging.Output;

namespace Koala.Imaging;

/// <summary>
/// A picture that is made row by row, 8-bit RGB, and written in any format at its end. Until then its rows lie in a temporary file.
/// </summary>
public sealed class MadePicture : IDisposable
{
    private const int PumpedBytes = 4 << 20;

    private readonly string _path;
    private readonly ImageWriterOptions _options;
    private readonly int _rowBytes;
    private readonly TemporaryCopy _copy;
    private readonly FileStream _file;

    /// <summary>Makes sure that it can be written, before any work.</summary>
    /// <param name="path">The file to be.</param>
    /// <param name="input">A file that it must not be.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels; so many rows have to be added.</param>
    /// <param name="options">How it is written.</param>
    /// <exception cref="ImageFileException">It cannot be written.</exception>
    public MadePicture(string path, string input, int width, int height, ImageWriterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_path, _options, _rowBytes) = (path, options, checked(3 * width));
        var format = ImageFormat.Of(path, options);
        if (format is ImageFormat.DziFormat)
            throw new ImageFileException(ImageFileError.OutputFormatUnsuitable, $"'{path}' would be a pyramid; choose PNG or TIFF.");
        OutputFile.Create(path, input, options.Overwrite, (long)((double)_rowBytes * height * format.SizeShare(options))).Dispose();
        _copy = TemporaryCopy.Create();
        _file = File.OpenWrite(_copy.Path);
        _file.Write(RowSource.Header(width, height, 3, SampleFormat.U8, _rowBytes));
    }

    /// <summary>Adds rows, from top to bottom.</summary>
    /// <exception cref="ImageFileException">There is no room for them.</exception>
    public void Add(ReadOnlySpan<byte> rgbRows)
    {
        try
        {
            _file.Write(rgbRows);
        }
        catch (IOException error)
        {
            throw new ImageFileException(
                ImageFileError.DiskFull, $"'{_path}' has no room in {Path.GetTempPath()} ({error.Message.TrimEnd('.')}); free some space there or set TMPDIR.", error);
        }
    }

    /// <summary>Writes the file, once all rows are there.</summary>
    /// <exception cref="ImageFileException">It cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Commit(CancellationToken cancellationToken = default)
    {
        _file.Dispose();
        using var reader = ImageReader.Open(_copy.Path);
        using var writer = ImageWriter.Create(_path, reader, 1, _options);
        var rows = new byte[Math.Max(1, PumpedBytes / _rowBytes) * _rowBytes];
        while (reader.ReadRows(rows) is var count and > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            writer.WriteRows(rows.AsSpan(0, count * _rowBytes));
        }
        writer.Commit(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _copy.Dispose();
    }
}
