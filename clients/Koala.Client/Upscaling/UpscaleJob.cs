namespace Koala.Client;

/// <summary>
/// Delivers the next rows of the image, from top to bottom. Called strictly one after the other, on a thread of the pool,
/// but possibly while a <see cref="RowWriter"/> runs. What it throws ends the job and reaches the caller as it is.
/// </summary>
/// <param name="y">The first row, in LR pixels from the top; the row after the last one delivered.</param>
/// <param name="count">Number of rows, at least 1.</param>
/// <param name="rows">To be filled: exactly <paramref name="count"/> rows in the job's pixel format, without padding.</param>
/// <param name="cancellationToken">Cancelled when the job ends early.</param>
public delegate ValueTask RowReader(int y, int count, Memory<byte> rows, CancellationToken cancellationToken);

/// <summary>
/// Receives finished rows of the enlarged image, from top to bottom. Called strictly one after the other, on a thread of
/// the pool; while it runs the worker soon waits. What it throws ends the job and reaches the caller as it is.
/// </summary>
/// <param name="y">The first row, in HR pixels from the top; the row after the last one received.</param>
/// <param name="count">Number of rows, at least 1.</param>
/// <param name="rows">The rows in the job's pixel format, without padding; valid only until the call completes.</param>
/// <param name="cancellationToken">Cancelled when the job ends early.</param>
public delegate ValueTask RowWriter(int y, int count, ReadOnlyMemory<byte> rows, CancellationToken cancellationToken);

/// <summary>Everything that enlarging one image needs.</summary>
public sealed record UpscaleJob
{
    // What a tile's message holds besides its pixels, generously.
    private const int TileOverheadBytes = 1024;

    /// <summary>Width of the image in LR pixels, at least 1.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the image in LR pixels, at least 1.</summary>
    public required int Height { get; init; }

    /// <summary>Format of the rows that are read and of those that are written.</summary>
    public required PixelFormat PixelFormat { get; init; }

    /// <summary>Delivers the image.</summary>
    public required RowReader ReadRows { get; init; }

    /// <summary>Receives the enlarged image, <see cref="Scale"/> times as wide and as high.</summary>
    public required RowWriter WriteRows { get; init; }

    /// <summary>HR pixels per LR pixel and direction, 2 or 4 as the worker has models. Default: 4.</summary>
    public int Scale { get; init; } = 4;

    /// <summary>Name of the model. Default: empty, the worker's own choice for the scale.</summary>
    public string Model { get; init; } = "";

    /// <summary>Arithmetic of the convolutions. Default: the worker's own choice.</summary>
    public Precision Precision { get; init; }

    /// <summary>Whether somebody waits for it. Default: found out by the image's size.</summary>
    public JobPriority Priority { get; init; }

    /// <summary>Longest side of a tile in LR pixels, halo included. Default: what the worker prefers.</summary>
    public int? TileSide { get; init; }

    /// <summary>LR pixels of image around what is wanted of a tile. Default: what the model needs; less shows seams.</summary>
    public int? Halo { get; init; }

    /// <summary>LR pixels over which neighbouring tiles are blended. Default: 4; 0 for none.</summary>
    public int Overlap { get; init; } = TileLayout.DefaultOverlap;

    /// <summary>How a worker's limits and a model's needs divide the image into tiles.</summary>
    /// <param name="status">The worker's status.</param>
    /// <param name="model">The model that is used.</param>
    /// <exception cref="KoalaException">The image cannot be divided so.</exception>
    public TileLayout LayoutOn(WorkerStatus status, WorkerModel model)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(model);
        var halo = Halo ?? model.Halo;
        var alignment = Math.Max(1, model.Alignment);
        var longest = status.Limits.MaxTileSide;
        if (status.Limits.MaxMessageBytes > 0)
        {
            var pixels = (status.Limits.MaxMessageBytes - TileOverheadBytes) / PixelFormat.BytesPerPixel();
            longest = (int)Math.Min(longest, Math.Sqrt(Math.Max(0, pixels)));
        }
        if (status.Limits.MaxTilePixels > 0)
            longest = (int)Math.Min(longest, Math.Sqrt(status.Limits.MaxTilePixels));
        try
        {
            var preferred = Math.Max(status.Limits.PreferredTileSide, TileLayout.MinimumTileSide(halo, alignment, Overlap));
            var tileSide = TileSide ?? Math.Min(preferred, longest);
            if (tileSide > longest)
                throw new KoalaException(
                    KoalaErrorKind.InvalidInput,
                    $"A tile side of {tileSide} is more than the worker's {longest}; choose a smaller one.");
            return new TileLayout(Width, Height, tileSide, halo, alignment, Overlap);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            // Ranges depend on the model and on the worker, so it is no mistake of the calling code alone.
            throw new KoalaException(
                KoalaErrorKind.InvalidInput, $"The image cannot be divided: {exception.Message.ReplaceLineEndings(" ")}",
                innerException: exception);
        }
    }
}
