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
/// <param name="y">The first row, in HR pixels from the top of what is enlarged; the row after the last one received.</param>
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

    /// <summary>Receives what is enlarged, <see cref="Scale"/> times as wide and as high.</summary>
    public required RowWriter WriteRows { get; init; }

    /// <summary>
    /// The part of the image that is enlarged, in LR pixels: to what it is in the whole enlargement, because the pixels around it are
    /// seen. The rows above it are read all the same. Default: all of the image.
    /// </summary>
    public PixelRegion? Region { get; init; }

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

    /// <summary>
    /// How much of what is blurred on purpose is left blurred, 0 to 1: where the estimated blur is wide in every direction, so much of the
    /// network's picture is replaced by the bicubic enlargement. Default: 0, the network's picture as it is.
    /// </summary>
    public double KeepBlur { get; init; }

    /// <summary>
    /// Delivers where blur is kept, in place of where it is wide: a byte for every pixel of the image, from 0 for the network's picture to 255
    /// for as much of the bicubic one as <see cref="KeepBlur"/> says. Called as <see cref="ReadRows"/> is, after it. Default (null): as the blur says.
    /// </summary>
    public RowReader? ReadKeepBlurMask { get; init; }

    /// <summary>The kernel that the network adjusts itself to, the same for all pixels. Default (null): those that it estimates.</summary>
    public BlurKernel? Kernel { get; init; }

    /// <summary>
    /// How many times as wide as estimated the network takes the kernels to be, 0.5 to 2: less sharpens less. Not used with
    /// <see cref="Kernel"/>. Default: 1.
    /// </summary>
    public double KernelScale { get; init; } = 1;

    /// <summary>
    /// Steps of back-projection, 0 to 20: each corrects the result by what the image differs from the result blurred and reduced again.
    /// Default: 0.
    /// </summary>
    public int ConsistentSteps { get; init; }

    /// <summary>
    /// Levels of 255, 0 to 16: where no pixel of a tile is as far off the mean of the 5×5 pixels around it, the plain bicubic enlargement
    /// stands in place of the network's, which saves the time for that; the rest of a tile is one rectangle. Not together with the blur or
    /// the check. Default: 0, the network's everywhere.
    /// </summary>
    public double SmoothLevels { get; init; }

    /// <summary>Receives the blur map, a <see cref="Blur"/> for every LR pixel. Default (null): it is not wanted.</summary>
    public BlurWriter? WriteBlur { get; init; }

    /// <summary>Whether <see cref="UpscaleResult.MeanKernel"/> is wanted. Default: no.</summary>
    public bool MeanKernel { get; init; }

    /// <summary>
    /// LR pixels from one estimated kernel in <see cref="UpscaleResult.Kernels"/> to the next, 16 or more; they are held until the job is
    /// done. Default (null): none are wanted.
    /// </summary>
    public int? KernelStep { get; init; }

    /// <summary>
    /// Whether the result is checked: blurred and reduced again by the kernels that the network adjusted itself to, it should be the image.
    /// The scores are in <see cref="UpscaleResult.Scores"/>. Default: no.
    /// </summary>
    public bool Check { get; init; }

    /// <summary>
    /// Receives the image as the check rebuilds it from the result: as many rows as the image has, in <see cref="PixelFormat.RgbF32"/>.
    /// Used only with <see cref="Check"/>. Default (null): it is not wanted.
    /// </summary>
    public RowWriter? WriteRebuilt { get; init; }

    /// <summary>Whether the enlargement is not wanted.</summary>
    internal bool BlurOnly { get; init; }

    /// <summary>Whether the worker has to look at the blur.</summary>
    internal bool NeedsBlur =>
        KeepBlur > 0 || Kernel is not null || KernelScale != 1 || ConsistentSteps > 0 || WriteBlur is not null || MeanKernel
        || KernelStep is not null || Check;

    /// <exception cref="ArgumentException">A value is out of range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Scale, 1);
        _ = PixelFormat.BytesPerPixel();
        if (!(KeepBlur is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(KeepBlur), KeepBlur, "Expected 0 to 1.");
        if (ReadKeepBlurMask is not null && KeepBlur == 0)
            throw new ArgumentException("Expected a share of blur to keep together with where to keep it.", nameof(ReadKeepBlurMask));
        if (!(KernelScale is >= 0.5 and <= 2))
            throw new ArgumentOutOfRangeException(nameof(KernelScale), KernelScale, "Expected 0.5 to 2.");
        if (ConsistentSteps is < 0 or > 20)
            throw new ArgumentOutOfRangeException(nameof(ConsistentSteps), ConsistentSteps, "Expected 0 to 20 steps.");
        if (!(SmoothLevels is >= 0 and <= 16))
            throw new ArgumentOutOfRangeException(nameof(SmoothLevels), SmoothLevels, "Expected 0 to 16 levels.");
        if (SmoothLevels > 0 && (WriteBlur is not null || MeanKernel || KernelStep is not null || Check))
            throw new ArgumentException("Expected neither blur nor check to be asked for where smooth parts are left out.", nameof(SmoothLevels));
        if (KernelStep < 16)
            throw new ArgumentOutOfRangeException(nameof(KernelStep), KernelStep, "Expected 16 pixels or more.");
        if (WriteRebuilt is not null && !Check)
            throw new ArgumentException("Expected the check to be asked for together with what it rebuilds.", nameof(WriteRebuilt));
    }

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
            return new TileLayout(Width, Height, tileSide, halo, alignment, Overlap, Region);
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
