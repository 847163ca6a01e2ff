using Koala.Imaging.Metadata;
using NetVips;

namespace Koala.Imaging.Output;

/// <summary>
/// A stream such as standard output: written to a temporary file first, so that who reads it gets the whole picture or
/// nothing, and because TIFF is not written in order.
/// </summary>
internal sealed class OutputStream : OutputPlace
{
    private const string Name = "standard output";

    private readonly Stream _stream;
    private readonly TargetFile _temporary;

    /// <exception cref="ImageFileException">The folder for temporary files cannot be written to.</exception>
    public OutputStream(Stream stream)
    {
        _stream = stream;
        try
        {
            _temporary = new TargetFile(HiddenIn(Path.GetTempPath()));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WriteError(Path.GetTempPath(), error);
        }
    }

    /// <inheritdoc/>
    public override ImageFileException? Failure =>
        _temporary.Failure is { } error ? WriteError(_temporary.Stream.Name, error) : null;

    /// <inheritdoc/>
    public override void Save(ImageFormat format, Image image, ImageWriterOptions options, PictureMetadata metadata) =>
        _temporary.Save(format, image, options, metadata);

    /// <inheritdoc/>
    public override void Commit()
    {
        try
        {
            _temporary.Stream.Position = 0;
            _temporary.Stream.CopyTo(_stream);
            _stream.Flush();
        }
        catch (IOException error)
        {
            throw WriteError(Name, error);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _temporary.Dispose();
}
