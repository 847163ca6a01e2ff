namespace Koala.Imaging;

/// <summary>
/// A picture could not be read or written. <see cref="Exception.Message"/> is one line that names the file and says
/// what to do about it.
/// </summary>
public sealed class ImageFileException : Exception
{
    internal ImageFileException(ImageFileError reason, string message, Exception? cause = null)
        : base(message, cause) => Reason = reason;

    /// <summary>What went wrong, for programs.</summary>
    public ImageFileError Reason { get; }
}
