using System.Text.Json.Serialization;
using Koala.Client.CommandLine.Alarms;
using Koala.Client.CommandLine.Batches;

namespace Koala.Client.CommandLine.Reports;

// The events of --json, one a line. docs/events.schema.json describes them for other programs; tests hold the two together.

/// <summary>What <c>upscale --json</c> prints: a line each.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(StartEvent), "start")]
[JsonDerivedType(typeof(ProgressEvent), "progress")]
[JsonDerivedType(typeof(DoneEvent), "done")]
[JsonDerivedType(typeof(SkippedEvent), "skipped")]
[JsonDerivedType(typeof(FailedEvent), "failed")]
[JsonDerivedType(typeof(SummaryEvent), "summary")]
internal abstract record JsonEvent;

/// <summary>The first line.</summary>
/// <param name="Version">Version of these events: 1.</param>
/// <param name="Photos">Photographs to come.</param>
/// <param name="Megapixels">Million pixels of them.</param>
/// <param name="Output">The output folder; of a single photograph, the output.</param>
internal sealed record StartEvent(int Version, int Photos, double Megapixels, string Output) : JsonEvent;

/// <summary>A tile is done.</summary>
/// <param name="Input">The photograph.</param>
/// <param name="TilesDone">Tiles done.</param>
/// <param name="TilesTotal">Tiles of the photograph.</param>
/// <param name="SecondsLeft">Seconds left for all photographs, at the pace so far.</param>
internal sealed record ProgressEvent(string Input, int TilesDone, int TilesTotal, double? SecondsLeft) : JsonEvent;

/// <summary>A photograph is enlarged.</summary>
/// <param name="Input">The photograph.</param>
/// <param name="Width">Its width in pixels.</param>
/// <param name="Height">Its height in pixels.</param>
/// <param name="Output">The output.</param>
/// <param name="OutputWidth">Its width in pixels.</param>
/// <param name="OutputHeight">Its height in pixels.</param>
/// <param name="Seconds">From the photograph's turn to the output's name; photographs overlap.</param>
/// <param name="ComputeSeconds">Seconds of the device's time.</param>
/// <param name="Tiles">Tiles.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Precision">fp32 or bf16.</param>
/// <param name="Device">The worker's device, for people.</param>
/// <param name="Notes">What was not kept or is not advisable, for people; absent where there is nothing.</param>
/// <param name="Estimates">What the photograph has been through.</param>
/// <param name="Check">How well the output explains the photograph; absent where it was not checked.</param>
internal sealed record DoneEvent(
    string Input, int Width, int Height, string Output, int OutputWidth, int OutputHeight, double Seconds, double ComputeSeconds,
    int Tiles, string Model, string Precision, string Device, IReadOnlyList<string>? Notes, InputEstimates Estimates, CheckResult? Check) : JsonEvent;

/// <summary>What a photograph has been through.</summary>
/// <param name="JpegGrid">Levels.</param>
/// <param name="ColourNoise">Levels.</param>
/// <param name="BrightnessNoise">Levels.</param>
/// <param name="Saturated">Share of the pixels.</param>
/// <param name="Alarm">Those that lie beyond what the network was trained on; usually none.</param>
internal sealed record InputEstimates(double JpegGrid, double ColourNoise, double BrightnessNoise, double Saturated, IReadOnlyList<AlarmReason> Alarm);

/// <summary>How well an output explains its photograph: consistency, not truth.</summary>
/// <param name="Psnr">dB of the whole.</param>
/// <param name="Threshold">dB that were wanted; absent where none were.</param>
/// <param name="Passed">Whether it is as good as wanted.</param>
/// <param name="Tiles">dB of each tile.</param>
internal sealed record CheckResult(double Psnr, double? Threshold, bool Passed, IReadOnlyList<CheckedTile> Tiles);

/// <summary>A tile's score.</summary>
/// <param name="X">Column of the photograph.</param>
/// <param name="Y">Row of the photograph.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Psnr">dB.</param>
internal sealed record CheckedTile(int X, int Y, int Width, int Height, double Psnr);

/// <summary>A file was passed over.</summary>
/// <param name="Input">The file.</param>
/// <param name="Output">The output that is there; absent where the file is no picture.</param>
/// <param name="Reason">Why.</param>
internal sealed record SkippedEvent(string Input, string? Output, SkipReason Reason) : JsonEvent;

/// <summary>A photograph could not be enlarged.</summary>
/// <param name="Input">The photograph.</param>
/// <param name="Output">The output that was wanted.</param>
/// <param name="Code">What the command would have ended with, were it the only photograph.</param>
/// <param name="Message">One line for people.</param>
internal sealed record FailedEvent(string Input, string Output, int Code, string Message) : JsonEvent;

/// <summary>The last line.</summary>
/// <param name="Done">Photographs enlarged.</param>
/// <param name="Skipped">Photographs whose output was there, up to date or not.</param>
/// <param name="Failed">Photographs that could not be enlarged.</param>
/// <param name="Left">Photographs that were not reached.</param>
/// <param name="NoPictures">Files that are no pictures.</param>
/// <param name="Megapixels">Million pixels of the photographs enlarged.</param>
/// <param name="Seconds">From the first photograph to the last.</param>
/// <param name="ComputeSeconds">Seconds of it that the device computed.</param>
/// <param name="ExitCode">What the command ends with.</param>
internal sealed record SummaryEvent(
    int Done, int Skipped, int Failed, int Left, int NoPictures, double Megapixels, double Seconds, double ComputeSeconds, int ExitCode)
    : JsonEvent;
