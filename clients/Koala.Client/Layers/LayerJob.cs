namespace Koala.Client;

/// <summary>Everything that enlarging one layer needs: grey or RGB, with alpha or without, of 8, 16 or 32 bits.</summary>
public sealed record LayerJob
{
    /// <summary>Width of the layer in LR pixels, at least 1.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the layer in LR pixels, at least 1.</summary>
    public required int Height { get; init; }

    /// <summary>Format of the rows that are read and of those that are written.</summary>
    public required LayerFormat Format { get; init; }

    /// <summary>Delivers the layer.</summary>
    public required RowReader ReadRows { get; init; }

    /// <summary>Receives the result, <see cref="ResultWidth"/> × <see cref="ResultHeight"/> pixels.</summary>
    public required RowWriter WriteRows { get; init; }

    /// <summary>HR pixels per LR pixel and direction, 2 or 4 as the worker has models. Default: 4.</summary>
    public int Scale { get; init; } = 4;

    /// <summary>
    /// Whether the result is brought back to the layer's own size, by the mean of every <see cref="Scale"/>² pixels; alpha is then left as
    /// it is. Default: no.
    /// </summary>
    public bool SameSize { get; init; }

    /// <summary>
    /// How much of the network's picture is in the result: 1 is all; less mixes it with the layer, bicubically enlarged, from which 0 is
    /// made alone. Default: 1.
    /// </summary>
    public double Strength { get; init; } = 1;

    /// <inheritdoc cref="UpscaleJob.KeepBlur"/>
    public double KeepBlur { get; init; }

    /// <summary>Name of the model. Default: empty, the worker's own choice for the scale.</summary>
    public string Model { get; init; } = "";

    /// <summary>Arithmetic of the convolutions. Default: the worker's own choice.</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// LR pixels of layer around what is wanted of a tile. Default: what the model needs; 0 where the job is one tile that brings its
    /// surroundings along, and throws away what is made of them.
    /// </summary>
    public int? Halo { get; init; }

    /// <summary>Width of the result in pixels.</summary>
    public int ResultWidth => SameSize ? Width : checked(Width * Scale);

    /// <summary>Height of the result in pixels.</summary>
    public int ResultHeight => SameSize ? Height : checked(Height * Scale);
}
