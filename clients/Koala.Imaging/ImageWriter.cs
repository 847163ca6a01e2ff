using System.IO.Pipelines;
using System.Numerics;
using System.Runtime.InteropServices;
using NetVips;

namespace Koala.Imaging;

/// <summary>
/// The enlarged picture, written from top to bottom while it is being computed.
/// </summary>
/// <remarks>
/// <para>The file appears under its name only on <see cref="Commit"/>; until then it is a hidden file beside it, which is
/// deleted if the writer is disposed of earlier.</para>
/// <para>What the picture was it remains: grey pictures are written with one channel (except as WebP, which has none),
/// alpha is enlarged bicubically, 16 bits stay 16 bits, and the ICC profile is attached unchanged.</para>
/// <para>Formats: PNG, deflated quickly; JPEG of quality 95 without chroma subsampling; WebP, lossless; TIFF, deflated, as
/// BigTIFF where it is large. JPEG and WebP hold 8 bits, JPEG has no transparency; sides end at 65500 (JPEG) and 16383
/// pixels (WebP). Memory is that of a few rows, except that the WebP encoder collects the whole picture.</para>
/// </remarks>
public sealed class ImageWriter : IDisposable
{
    // Rows that may wait for the encoder, in bytes.
    private const int QueueBytes = 1 << 20;

    private readonly ImageReader _source;
    private readonly int _scale;
    private readonly ImageFormat _format;
    private readonly OutputFile _file;
    private readonly Pipe _rows = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: QueueBytes,
        resumeWriterThreshold: QueueBytes / 2,
        useSynchronizationContext: false));
    private readonly Task _encoding;
    private int _writtenRows;
    private bool _disposed;

    private ImageWriter(ImageReader source, int scale, ImageFormat format, OutputFile file)
    {
        _source = source;
        _scale = scale;
        _format = format;
        _file = file;
        _encoding = Task.Factory.StartNew(
            Encode, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Width of the enlarged picture in pixels.</summary>
    public int Width => checked(_source.Width * _scale);

    /// <summary>Height of the enlarged picture in pixels.</summary>
    public int Height => checked(_source.Height * _scale);

    /// <summary>Length of one RGB row in bytes: three samples a pixel, no padding.</summary>
    public int BytesPerRow => checked(_source.BytesPerRow * _scale);

    /// <summary>Prepares the output; everything that can be known to go wrong does so here, before any work.</summary>
    /// <param name="path">The file to write; its extension chooses the format: .png, .jpg, .webp or .tif.</param>
    /// <param name="source">The picture that is enlarged; must stay open until the writer is disposed of.</param>
    /// <param name="scale">Enlarged pixels per pixel and direction; 1 or more.</param>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <exception cref="ImageFileException">The output cannot be written, or its format cannot hold the picture.
    /// </exception>
    public static ImageWriter Create(string path, ImageReader source, int scale, bool overwrite = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        var format = ImageFormat.Of(path);
        format.CheckHolds(source, scale);
        return new ImageWriter(source, scale, format, OutputFile.Create(path, source.Path, overwrite));
    }

    /// <summary>Appends rows; waits while the encoder is behind.</summary>
    /// <param name="rgbRows">Whole rows of <see cref="BytesPerRow"/> bytes, with as many bits a sample as the source.
    /// A grey picture gets the mean of the three channels.</param>
    /// <exception cref="ArgumentException">The length is no multiple of <see cref="BytesPerRow"/>, or more rows than
    /// <see cref="Height"/> are written.</exception>
    /// <exception cref="ImageFileException">The output cannot be written.</exception>
    public void WriteRows(ReadOnlySpan<byte> rgbRows)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var (rows, rest) = Math.DivRem(rgbRows.Length, BytesPerRow);
        if (rest != 0 || rows > Height - _writtenRows)
        {
            throw new ArgumentException(
                $"Expected at most {Height - _writtenRows} rows of {BytesPerRow} bytes, got {rgbRows.Length} bytes.",
                nameof(rgbRows));
        }
        for (; rows > 0; rows--, _writtenRows++)
        {
            _rows.Writer.Advance(Pack(rgbRows[..BytesPerRow], _rows.Writer.GetSpan(BytesPerRow)));
            rgbRows = rgbRows[BytesPerRow..];
            if (_rows.Writer.FlushAsync().AsTask().GetAwaiter().GetResult().IsCompleted)
                FinishEncoding();
        }
    }

    /// <summary>Finishes the file and gives it its name.</summary>
    /// <exception cref="InvalidOperationException">Rows are missing.</exception>
    /// <exception cref="ImageFileException">The output cannot be written.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_writtenRows != Height)
            throw new InvalidOperationException($"Expected {Height} rows before Commit, got {_writtenRows}.");
        _rows.Writer.Complete();
        FinishEncoding();
        _file.Commit();
    }

    /// <summary>Stops writing; deletes what was written unless it has been committed.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _rows.Writer.Complete();
        // An encoder that misses rows fails, which is what is wanted of it now.
        Task.WaitAny(_encoding);
        _file.Dispose();
    }

    /// <summary>Runs beside the caller: libvips pulls the rows through its pipeline into the file.</summary>
    private void Encode()
    {
        try
        {
            using var queue = _rows.Reader.AsStream();
            using var input = new RowSource(queue, Width, Height, _source.IsGrey ? 1 : 3, _source.BitsPerSample);
            using var colour = Image.TiffloadSource(
                input.Source, access: Enums.Access.Sequential, failOn: Enums.FailOn.Truncated);
            using var picture = WithAlpha(colour);
            using var tagged = WithProfile(picture);
            _format.Save(tagged, _file.Target);
        }
        catch (VipsException error)
        {
            throw _file.Failure ?? new ImageFileException(
                ImageFileError.OutputNotWritable,
                $"{_format.Name} cannot be written ({Libvips.Reason(error)}); choose another format.",
                error);
        }
        finally
        {
            _rows.Reader.Complete();
        }
    }

    private Image WithAlpha(Image colour)
    {
        if (!_source.HasAlpha)
            return colour.Copy();
        using var alpha = _source.OpenAlpha(_scale);
        return colour.Bandjoin(alpha);
    }

    private Image WithProfile(Image picture) => _source.Profile is { } profile
        ? picture.Mutate(image => image.Set(GValue.BlobType, "icc-profile-data", profile))
        : picture.Copy();

    private void FinishEncoding() => _encoding.GetAwaiter().GetResult();

    /// <summary>Turns one RGB row into one of the file's channels.</summary>
    /// <returns>Its length in bytes.</returns>
    private int Pack(ReadOnlySpan<byte> rgb, Span<byte> row)
    {
        if (!_source.IsGrey)
        {
            rgb.CopyTo(row);
            return rgb.Length;
        }
        if (_source.BitsPerSample == 8)
            Average(rgb, row);
        else
            Average(MemoryMarshal.Cast<byte, ushort>(rgb), MemoryMarshal.Cast<byte, ushort>(row));
        return rgb.Length / 3;
    }

    private static void Average<T>(ReadOnlySpan<T> rgb, Span<T> grey)
        where T : INumberBase<T>
    {
        for (var x = 0; x < rgb.Length / 3; x++)
        {
            var pixel = rgb.Slice(3 * x, 3);
            var sum = int.CreateTruncating(pixel[0]) + int.CreateTruncating(pixel[1]) + int.CreateTruncating(pixel[2]);
            grey[x] = T.CreateTruncating((sum + 1) / 3);
        }
    }
}
