using System.Text.Json.Serialization;
using Koala.Client.CommandLine.Blurs;
using Koala.Imaging;

namespace Koala.Client.CommandLine.Upscaling;

/// <summary>How photographs are enlarged: the same for every one of a call.</summary>
/// <remarks>The manifest of a folder keeps what is not at its default: an output is made anew where that has changed. What does not
/// change pixels or files is kept out of it by <see cref="JsonIgnoreAttribute"/>.</remarks>
internal sealed record UpscaleSettings
{
    /// <summary>Stands for standard input as the photograph, and for standard output as the output.</summary>
    public const string StandardStream = "-";

    /// <summary>How large they become. Default: four times as wide and as high.</summary>
    public TargetSize Target { get; init; } = new();

    /// <summary>The part of the photograph that is enlarged, in pixels of the upright picture; null for all of it.</summary>
    public PixelRegion? Preview { get; init; }

    /// <summary>How the network is steered by the blur; null for not at all.</summary>
    public SteeringSettings? Steering { get; init; }

    /// <summary>Name of the model; empty for the worker's own choice.</summary>
    public string Model { get; init; } = "";

    /// <summary>Arithmetic of the network.</summary>
    public Precision Precision { get; init; }

    /// <summary>Whether an output that exists may be replaced.</summary>
    [JsonIgnore]
    public bool Overwrite { get; init; }

    /// <summary>Whether somebody waits for the photograph.</summary>
    [JsonIgnore]
    public JobPriority Priority { get; init; }

    /// <summary>Format and quality of the output; its size and <see cref="ImageWriterOptions.Overwrite"/> are not used.</summary>
    public ImageWriterOptions Output { get; init; } = new();

    /// <summary>Whether results are checked against their photographs.</summary>
    [JsonIgnore]
    public bool Check { get; init; }

    /// <summary>The picture of what the check finds; null for none.</summary>
    [JsonIgnore]
    public string? CheckMap { get; init; }

    /// <summary>The least that the check has to give, in dB; null for anything.</summary>
    [JsonIgnore]
    public double? CheckThreshold { get; init; }

    /// <summary>Longest side of a tile in LR pixels; null for what the worker prefers.</summary>
    public int? TileSide { get; init; }

    /// <summary>LR pixels around a tile; null for what the model needs.</summary>
    public int? Halo { get; init; }

    /// <summary>The model of a worker that a photograph is enlarged with; of several passes, that of the last.</summary>
    /// <param name="status">The worker.</param>
    /// <param name="width">Width of the photograph in pixels.</param>
    /// <param name="height">Height of the photograph in pixels.</param>
    /// <exception cref="CommandFailure">The worker has none, or the size cannot be reached.</exception>
    public WorkerModel ModelOf(WorkerStatus status, int width, int height)
    {
        var scale = Target.For(width, height).Passes[^1];
        return status.Model(scale, Model) ?? throw new CommandFailure(
            ExitCode.Usage,
            $"no model {(Model == "" ? "" : $"'{Model}' ")}for scale {scale} of a photo of {width}x{height} pixels; this worker has: "
            + $"{string.Join(", ", status.Models.Select(model => $"{model.Name} (x{model.Scale})"))}.");
    }
}
