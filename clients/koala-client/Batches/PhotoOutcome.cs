using Koala.Client.CommandLine.Alarms;
using Koala.Client.CommandLine.Checks;
using Koala.Imaging.Analysis;

namespace Koala.Client.CommandLine.Batches;

/// <summary>How a photograph ended.</summary>
/// <param name="Photo">The photograph.</param>
internal abstract record PhotoOutcome(PlannedPhoto Photo);

/// <summary>It is enlarged.</summary>
/// <param name="Photo">The photograph.</param>
/// <param name="Width">Width of the output in pixels.</param>
/// <param name="Height">Height of the output in pixels.</param>
/// <param name="Result">What the worker did.</param>
/// <param name="Elapsed">From the photograph's turn to the output's name.</param>
internal sealed record PhotoDone(PlannedPhoto Photo, int Width, int Height, UpscaleResult Result, TimeSpan Elapsed) : PhotoOutcome(Photo)
{
    /// <summary>What was not kept or is not advisable, a line each; usually none.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the photograph has been through.</summary>
    public required PhotographEstimates Estimates { get; init; }

    /// <summary>How well the output explains the photograph; null where it was not checked.</summary>
    public CheckScore? Check { get; init; }

    /// <summary>One line where the photograph is unlike those that the network was trained on; else null.</summary>
    public string? Warning => InputAlarm.Warning(Photo.Input.Path, Estimates);
}

/// <summary>Why a file was passed over.</summary>
internal enum SkipReason
{
    /// <summary>An earlier run made its output, and nothing has changed since.</summary>
    UpToDate,

    /// <summary>An earlier run made its output, which was edited since and is kept.</summary>
    Altered,

    /// <summary>Its output exists, and <c>--skip-existing</c> was asked for.</summary>
    Exists,

    /// <summary>It was found in a folder and is no picture.</summary>
    NotAPicture,
}

/// <summary>It was passed over.</summary>
/// <param name="Photo">The photograph.</param>
/// <param name="Reason">Why.</param>
internal sealed record PhotoSkipped(PlannedPhoto Photo, SkipReason Reason) : PhotoOutcome(Photo);

/// <summary>It could not be enlarged; there is no output, or the one that was there before.</summary>
/// <param name="Photo">The photograph.</param>
/// <param name="Code">What the command would end with, were it the only one.</param>
/// <param name="Message">One line that names the file and says what to do.</param>
internal sealed record PhotoFailed(PlannedPhoto Photo, ExitCode Code, string Message) : PhotoOutcome(Photo);
