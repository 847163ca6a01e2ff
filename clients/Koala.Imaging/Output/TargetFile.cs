using Koala.Imaging.Metadata;
using NetVips;

namespace Koala.Imaging.Output;

/// <summary>A file that libvips writes to, and what went wrong with it; deleted in the end unless it was renamed.</summary>
internal sealed class TargetFile : IDisposable
{
    /// <exception cref="IOException">The file exists or cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public TargetFile(string path)
    {
        Stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete);
        Target = new TargetCustom();
        Target.OnWrite += (buffer, length) => Attempt(() =>
        {
            Stream.Write(buffer, 0, length);
            return length;
        });
        // TIFF goes back to write the places of its strips.
        Target.OnRead += (buffer, length) => (int)Attempt(() => Stream.Read(buffer, 0, length));
        Target.OnSeek += (offset, origin) => Attempt(() => Stream.Seek(offset, origin));
        Target.OnEnd += () => Attempt(() => 0) == 0 ? 0 : -1;
    }

    /// <summary>What has been written.</summary>
    public FileStream Stream { get; }

    /// <summary>Where libvips writes to.</summary>
    public TargetCustom Target { get; }

    /// <summary>The first error of the file system.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Encodes a picture into it.</summary>
    public void Save(ImageFormat format, Image image, ImageWriterOptions options, PictureMetadata metadata)
    {
        format.Save(image, Target, options);
        try
        {
            format.Finish(Stream, metadata);
        }
        catch (IOException error)
        {
            Failure = error;
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        catch (IOException)
        {
            // The last bytes did not fit; they are not wanted.
        }
        File.Delete(Stream.Name);
        Target.Dispose();
    }

    /// <summary>Exceptions must not pass through libvips: they are kept, and it is told of an error.</summary>
    private long Attempt(Func<long> action)
    {
        if (Failure is not null)
            return -1;
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Failure = error;
            return -1;
        }
    }
}
