using Koala.Imaging;

namespace Koala.Client.CommandLine.Upscaling;

/// <summary>How photographs are enlarged: the same for every one of a call.</summary>
internal sealed record UpscaleSettings
{
    /// <summary>Stands for standard input as the photograph, and for standard output as the output.</summary>
    public const string StandardStream = "-";

    /// <summary>How large they become. Default: four times as wide and as high.</summary>
    public TargetSize Target { get; init; } = new();

    /// <summary>Name of the model; empty for the worker's own choice.</summary>
    public string Model { get; init; } = "";

    /// <summary>Arithmetic of the network.</summary>
    public Precision Precision { get; init; }

    /// <summary>Whether an output that exists may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Format and quality of the output; its size and <see cref="ImageWriterOptions.Overwrite"/> are not used.</summary>
    public ImageWriterOptions Output { get; init; } = new();

    /// <summary>Longest side of a tile in LR pixels; null for what the worker prefers.</summary>
    public int? TileSide { get; init; }

    /// <summary>LR pixels around a tile; null for what the model needs.</summary>
    public int? Halo { get; init; }
}
