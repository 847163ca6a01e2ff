namespace Koala.Imaging;

/// <summary>A file in the folder for temporary files that is deleted when it is disposed of.</summary>
internal sealed class TemporaryCopy : IDisposable
{
    private TemporaryCopy(string path) => Path = path;

    public string Path { get; }

    /// <summary>An empty one, readable only by this user.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    public static TemporaryCopy Create() => new(System.IO.Path.GetTempFileName());

    /// <summary>One with everything that a stream holds.</summary>
    /// <exception cref="ImageFileException">There is no room, or the stream fails.</exception>
    public static TemporaryCopy Of(Stream input, string name)
    {
        try
        {
            var copy = Create();
            try
            {
                using var file = File.Create(copy.Path);
                input.CopyTo(file);
                return copy;
            }
            catch
            {
                copy.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageFileException(
                ImageFileError.NotReadable,
                $"'{name}' cannot be copied to {System.IO.Path.GetTempPath()} ({error.Message.TrimEnd('.')}); free some space there or set TMPDIR.",
                error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(Path);
}
