using System.Globalization;
using System.Text.Json.Serialization;

namespace Koala.Client.CommandLine.Upscaling;

/// <summary>How photographs are enlarged: the same for every one of a call.</summary>
/// <remarks>The manifest of a folder keeps what is not at its default: an output is made anew where that has changed. What does not
/// change pixels or files is kept out of it by <see cref="JsonIgnoreAttribute"/>.</remarks>
internal sealed record UpscaleSettings
{
    /// <summary>HR pixels per LR pixel and direction: 2 or 4.</summary>
    public int Scale { get; init; } = 4;

    /// <summary>Name of the model; empty for the worker's own choice.</summary>
    public string Model { get; init; } = "";

    /// <summary>Arithmetic of the network.</summary>
    public Precision Precision { get; init; }

    /// <summary>Whether an output that exists may be replaced.</summary>
    [JsonIgnore]
    public bool Overwrite { get; init; }

    /// <summary>Longest side of a tile in LR pixels; null for what the worker prefers.</summary>
    public int? TileSide { get; init; }

    /// <summary>LR pixels around a tile; null for what the model needs.</summary>
    public int? Halo { get; init; }

    /// <summary>The size as it is told by <c>{scale}</c> in names of outputs.</summary>
    [JsonIgnore]
    public string SizeText => Scale.ToString(CultureInfo.InvariantCulture);

    /// <summary>The model of a worker that a photograph is enlarged with.</summary>
    /// <param name="status">The worker.</param>
    /// <param name="width">Width of the photograph in pixels.</param>
    /// <param name="height">Height of the photograph in pixels.</param>
    /// <exception cref="CommandFailure">The worker has none.</exception>
    public WorkerModel ModelOf(WorkerStatus status, int width, int height) => status.Model(Scale, Model) ?? throw new CommandFailure(
        ExitCode.Usage,
        $"no model {(Model == "" ? "" : $"'{Model}' ")}for scale {Scale} of a photo of {width}x{height} pixels; this worker has: "
        + $"{string.Join(", ", status.Models.Select(model => $"{model.Name} (x{model.Scale})"))}.");

    /// <summary>Width and height, in pixels, of what becomes of a photograph.</summary>
    public (int Width, int Height) OutputSize(int width, int height) => (checked(width * Scale), checked(height * Scale));
}
