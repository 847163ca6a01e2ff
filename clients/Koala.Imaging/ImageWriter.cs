using System.Drawing;
using System.IO.Pipelines;
using Koala.Imaging.Alpha;
using Koala.Imaging.Output;
using NetVips;

namespace Koala.Imaging;

/// <summary>
/// The enlarged picture, written from top to bottom while it is being computed.
/// </summary>
/// <remarks>
/// <para>The file appears under its name only on <see cref="Commit"/>; until then it is a hidden file beside it, which is
/// deleted if the writer is disposed of earlier.</para>
/// <para>What the picture was it remains: grey pictures are written with one channel (except as WebP and AVIF, which have
/// none), 16 bits stay 16 bits and float stays float, in the picture's own tone curve with its ICC profile. Alpha is enlarged
/// on a way of its own. EXIF, XMP and IPTC are carried over as far as the format has a place for them, see
/// <see cref="Notes"/>; the resolution in dots per inch stays the number that it is, the thumbnail is dropped.</para>
/// <para>A target smaller than the rows is reached by a Lanczos filter of three lobes over the values as they are stored: at
/// the factors that occur, between 1 and 2, doing so in linear light would show mainly in dark rings at bright edges.</para>
/// <para>Formats: PNG and TIFF (BigTIFF where it is large) hold 16 bits, TIFF float; JPEG, WebP, AVIF and Deep Zoom pyramids
/// (DZI) see <see cref="ImageWriterOptions"/>. JPEG and WebP hold 8 bits, JPEG has no transparency; sides end at 65500 (JPEG),
/// 16383 (WebP) and 16384 pixels (AVIF). Memory is that of a few rows, except that the encoders of WebP and AVIF collect the
/// whole picture.</para>
/// </remarks>
public sealed class ImageWriter : IDisposable
{
    // Rows that may wait for the encoder, in bytes.
    private const int QueueBytes = 1 << 20;
    // How long an encoder that does not listen is waited for, before its file is deleted under its hands.
    private static readonly TimeSpan EncoderTimeout = TimeSpan.FromSeconds(5);

    private readonly ImageReader _source;
    private readonly ImageWriterOptions _options;
    private readonly ImageFormat _format;
    private readonly OutputPlace _place;
    private readonly OutputPart _part;
    private readonly int _rowWidth;
    private readonly int _rowCount;
    private readonly int _packedBytes;
    private readonly Pipe _rows = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: QueueBytes,
        resumeWriterThreshold: QueueBytes / 2,
        useSynchronizationContext: false));
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _encoding;
    private int _writtenRows;
    private bool _disposed;

    private ImageWriter(ImageReader source, int scale, ImageFormat format, OutputPlace place, OutputPart part, ImageWriterOptions options)
    {
        (_source, _format, _place, _part, _options) = (source, format, place, part, options);
        (_rowWidth, _rowCount) = (checked(part.Rows.Width * scale), checked(part.Rows.Height * scale));
        BytesPerRow = checked(_rowWidth * 3 * source.RowFormat.Bytes());
        _packedBytes = checked(_rowWidth * (source.IsGrey ? 1 : 3) * source.FileFormat.Bytes());
        _encoding = Task.Factory.StartNew(
            Encode, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Width of the file's picture in pixels.</summary>
    public int Width => _part.Written.Width;

    /// <summary>Height of the file's picture in pixels.</summary>
    public int Height => _part.Written.Height;

    /// <summary>The source's pixels whose enlargement is to be written as rows: all of them, or those of
    /// <see cref="ImageWriterOptions.Part"/> and a few around it.</summary>
    public Rectangle Rows => _part.Rows;

    /// <summary>Length of one row that is written in bytes: three samples a pixel, no padding.</summary>
    public int BytesPerRow { get; }

    /// <summary>Lines for people: what the format has no place for. Usually none.</summary>
    public IReadOnlyList<string> Notes => _source.Metadata.Losses(_format.Iptc, _format.Name);

    /// <summary>Prepares the output; everything that can be known to go wrong does so here, before any work.</summary>
    /// <param name="path">The file to write; its extension chooses the format.</param>
    /// <param name="source">The picture that is enlarged; must stay open until the writer is disposed of.</param>
    /// <param name="scale">Pixels of the rows per pixel of the source and direction; 1 or more.</param>
    /// <param name="options">How it is written. Default: in full, with the format's defaults.</param>
    /// <exception cref="ImageFileException">The output cannot be written, its format cannot hold the picture or does not
    /// take the options, or its disk has no room.</exception>
    public static ImageWriter Create(string path, ImageReader source, int scale, ImageWriterOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Create(source, scale, options, path, (format, bytes, overwrite) => format is ImageFormat.DziFormat
            ? OutputPyramid.Create(path, source.Path, overwrite, bytes)
            : OutputFile.Create(path, source.Path, overwrite, bytes));
    }

    /// <summary>Prepares the output to a stream, which gets the whole picture on <see cref="Commit"/> or nothing.</summary>
    /// <param name="output">Stays open.</param>
    /// <param name="source">The picture that is enlarged; must stay open until the writer is disposed of.</param>
    /// <param name="scale">Pixels of the rows per pixel of the source and direction; 1 or more.</param>
    /// <param name="options">How it is written; must name the format.</param>
    /// <exception cref="ImageFileException">The format cannot hold the picture or does not take the options.</exception>
    public static ImageWriter Create(Stream output, ImageReader source, int scale, ImageWriterOptions options)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(options);
        return Create(source, scale, options, null, (format, _, _) => format is ImageFormat.DziFormat
            ? throw new ImageFileException(ImageFileError.OutputFormatUnsuitable, "DZI is a folder of files and cannot go to a stream; name a file.")
            : new OutputStream(output));
    }

    /// <summary>Appends rows; waits while the encoder is behind.</summary>
    /// <param name="rgbRows">Whole rows of <see cref="BytesPerRow"/> bytes, with samples as the source's rows have.
    /// A grey picture gets the mean of the three channels.</param>
    /// <exception cref="ArgumentException">The length is no multiple of <see cref="BytesPerRow"/>, or more rows are written
    /// than the source's height times the scale.</exception>
    /// <exception cref="ImageFileException">The output cannot be written.</exception>
    public void WriteRows(ReadOnlySpan<byte> rgbRows)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var (rows, rest) = Math.DivRem(rgbRows.Length, BytesPerRow);
        if (rest != 0 || rows > _rowCount - _writtenRows)
        {
            throw new ArgumentException(
                $"Expected at most {_rowCount - _writtenRows} rows of {BytesPerRow} bytes, got {rgbRows.Length} bytes.",
                nameof(rgbRows));
        }
        for (; rows > 0; rows--, _writtenRows++)
        {
            _source.Codec.ToFile(rgbRows[..BytesPerRow], _rows.Writer.GetSpan(_packedBytes)[.._packedBytes]);
            _rows.Writer.Advance(_packedBytes);
            rgbRows = rgbRows[BytesPerRow..];
            if (_rows.Writer.FlushAsync().AsTask().GetAwaiter().GetResult().IsCompleted)
                FinishEncoding();
        }
    }

    /// <summary>Finishes the file and gives it its name.</summary>
    /// <param name="cancellationToken">Stops the encoder, where it collects the whole picture and only now begins.</param>
    /// <exception cref="InvalidOperationException">Rows are missing.</exception>
    /// <exception cref="ImageFileException">The output cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Commit(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_writtenRows != _rowCount)
            throw new InvalidOperationException($"Expected {_rowCount} rows before Commit, got {_writtenRows}.");
        _rows.Writer.Complete();
        using (cancellationToken.Register(_stop.Cancel))
            Task.WaitAny([_encoding], cancellationToken);
        FinishEncoding();
        cancellationToken.ThrowIfCancellationRequested();
        _place.Commit();
    }

    /// <summary>Stops writing; deletes what was written unless it has been committed.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        // An encoder that misses rows fails, which is what is wanted of it now.
        _stop.Cancel();
        _rows.Writer.Complete();
        var ended = Task.WaitAny([_encoding], EncoderTimeout) == 0;
        _place.Dispose();
        if (ended)
            _stop.Dispose();
    }

    private static ImageWriter Create(
        ImageReader source, int scale, ImageWriterOptions? options, string? path, Func<ImageFormat, long, bool, OutputPlace> place)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        options ??= new ImageWriterOptions();
        var format = ImageFormat.Of(path, options);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Width ?? 0, source.Width * scale, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Height ?? 0, source.Height * scale, nameof(options));
        if (options.Part is { } wanted && (wanted.Width < 1 || wanted.Height < 1 || !new Rectangle(0, 0, source.Width, source.Height).Contains(wanted)))
            throw new ArgumentOutOfRangeException(nameof(options), wanted, $"Expected a part of {source.Width}x{source.Height} pixels.");
        var part = OutputPart.Of(source.Width, source.Height, scale, options);
        var (width, height) = (part.Written.Width, part.Written.Height);
        format.CheckHolds(source, width, height);
        var samples = (double)width * height * ((source.IsGrey ? 1 : 3) + (source.HasAlpha ? 1 : 0));
        var bytes = (long)(samples * source.FileFormat.Bytes() * format.SizeShare(options));
        return new ImageWriter(source, scale, format, place(format, bytes, options.Overwrite), part, options);
    }

    /// <summary>Runs beside the caller: libvips pulls the rows through its pipeline into the file.</summary>
    private void Encode()
    {
        try
        {
            using var queue = _rows.Reader.AsStream();
            using var input = new RowSource(queue, _rowWidth, _rowCount, _source.IsGrey ? 1 : 3, _source.FileFormat);
            using var rows = Image.TiffloadSource(
                input.Source, access: Enums.Access.Sequential, failOn: Enums.FailOn.Truncated);
            var (target, written) = (_part.Target, _part.Written);
            using var colour = target == new Size(_rowWidth, _rowCount)
                ? rows.Copy()
                : rows.Reduced(target.Width, target.Height, Enums.Kernel.Lanczos3);
            using var alpha = _source.HasAlpha
                ? new AlphaPlane(_source.OpenAlpha(Rows), _source.FileFormat, _rowWidth / Rows.Width, target.Width, target.Height)
                : null;
            using var picture = alpha is null ? colour.Copy() : colour.Bandjoin(alpha.Image);
            using var part = picture.Crop(written.X, written.Y, written.Width, written.Height);
            using var tagged = _source.Metadata.CarryTo(part, _format.Iptc);
            tagged.SetProgress(new NoProgress(), _stop.Token);
            _place.Save(_format, tagged, _options, _source.Metadata);
        }
        catch (Exception error) when (error is VipsException or IOException)
        {
            throw _place.Failure ?? new ImageFileException(
                ImageFileError.OutputNotWritable,
                $"{_format.Name} cannot be written ({Libvips.Reason(error)}); choose another format.",
                error);
        }
        finally
        {
            _rows.Reader.Complete();
        }
    }

    private void FinishEncoding() => _encoding.GetAwaiter().GetResult();

    /// <summary>libvips looks at the token when it reports.</summary>
    private sealed class NoProgress : IProgress<int>
    {
        public void Report(int value)
        {
        }
    }
}
