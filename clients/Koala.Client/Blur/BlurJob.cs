namespace Koala.Client;

/// <summary>Everything that looking at the blur of one image needs; the image is not enlarged.</summary>
public sealed record BlurJob
{
    /// <summary>Width of the image in LR pixels, at least 1.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the image in LR pixels, at least 1.</summary>
    public required int Height { get; init; }

    /// <summary>Format of the rows that are read.</summary>
    public required PixelFormat PixelFormat { get; init; }

    /// <summary>Delivers the image.</summary>
    public required RowReader ReadRows { get; init; }

    /// <summary>Receives the blur map, a <see cref="Blur"/> for every LR pixel. Default (null): it is not wanted.</summary>
    public BlurWriter? WriteBlur { get; init; }

    /// <summary>As <see cref="UpscaleJob.KernelStep"/>.</summary>
    public int? KernelStep { get; init; }

    /// <summary>The scale whose model looks, 2 or 4: HR pixels are that much smaller than the image's. Default: 4.</summary>
    public int Scale { get; init; } = 4;

    /// <summary>Name of the model. Default: empty, the worker's own choice for the scale.</summary>
    public string Model { get; init; } = "";

    /// <summary>Arithmetic of the convolutions. Default: the worker's own choice.</summary>
    public Precision Precision { get; init; }

    /// <summary>Longest side of a tile in LR pixels, halo included. Default: what the worker prefers.</summary>
    public int? TileSide { get; init; }

    /// <summary>The same as the job of an image whose enlargement nobody wants. The mean kernel is always asked for.</summary>
    internal UpscaleJob ToJob() => new()
    {
        Width = Width,
        Height = Height,
        PixelFormat = PixelFormat,
        ReadRows = ReadRows,
        WriteRows = (_, _, _, _) => ValueTask.CompletedTask,
        WriteBlur = WriteBlur,
        MeanKernel = true,
        KernelStep = KernelStep,
        BlurOnly = true,
        Scale = Scale,
        Model = Model,
        Precision = Precision,
        TileSide = TileSide,
    };
}
