using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Koala.Client.CommandLine.Alarms;
using Koala.Client.CommandLine.Batches;
using Koala.Client.CommandLine.Checks;
using Koala.Imaging.Analysis;

namespace Koala.Client.CommandLine.Reports;

/// <summary>A batch for programs: a <see cref="JsonEvent"/> a line.</summary>
/// <param name="output">The events.</param>
/// <param name="warnings">Lines for people where a photograph is unlike those of the training.</param>
internal sealed class JsonReport(TextWriter output, TextWriter warnings) : BatchReport
{
    private const int Version = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Paths stay readable; a line of a pipe is no web page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    protected override void OnWaiting(string line)
    {
        // For people.
    }

    protected override void OnStart(BatchPlan plan)
    {
        Write(new StartEvent(Version, Total, Math.Round(Megapixels, 6), plan.Folder));
        foreach (var file in plan.NoPictures)
            Write(new SkippedEvent(file.Path, null, SkipReason.NotAPicture));
    }

    protected override void OnProgress(PlannedPhoto photo, UpscaleProgress progress) =>
        Write(new ProgressEvent(photo.Input.Path, progress.TilesDone, progress.TilesTotal, TimeLeft is { } left ? Round(left.TotalSeconds) : null));

    protected override void OnEnd(PhotoOutcome outcome)
    {
        if (outcome is PhotoDone { Warning: { } warning })
            warnings.WriteLine(warning);
        Write(EventOf(outcome));
    }

    private static JsonEvent EventOf(PhotoOutcome outcome) => outcome switch
    {
        PhotoDone done => new DoneEvent(
            done.Photo.Input.Path, done.Photo.Width, done.Photo.Height, done.Photo.Output, done.Width, done.Height,
            Round(done.Elapsed.TotalSeconds), Round(done.Result.ComputeSeconds), done.Result.Tiles, done.Result.Model,
            done.Result.Precision == Precision.Fp32 ? "fp32" : "bf16", done.Result.Device, done.Notes.Count == 0 ? null : done.Notes, EstimatesOf(done.Estimates), CheckOf(done.Check)),
        PhotoSkipped skipped => new SkippedEvent(skipped.Photo.Input.Path, skipped.Photo.Output, skipped.Reason),
        PhotoFailed failed => new FailedEvent(
            failed.Photo.Input.Path, failed.Photo.Output, (int)failed.Code, failed.Message.ReplaceLineEndings(" ")),
        _ => throw new ArgumentException($"Expected a known outcome, got {outcome.GetType().Name}.", nameof(outcome)),
    };

    private static CheckResult? CheckOf(CheckScore? check) => check is null
        ? null
        : new CheckResult(Round(check.Psnr), check.Threshold, check.Passed, [.. check.Tiles.Select(tile => new CheckedTile(
            tile.Region.X, tile.Region.Y, tile.Region.Width, tile.Region.Height, Round(tile.Psnr)))]);

    private static InputEstimates EstimatesOf(PhotographEstimates estimates) => new(
        Round(estimates.JpegGrid), Round(estimates.ColourNoise), Round(estimates.BrightnessNoise), Math.Round(estimates.Saturated, 6), InputAlarm.Reasons(estimates));

    protected override void OnFinish(BatchSummary summary, ExitCode code) => Write(new SummaryEvent(
        summary.Done, summary.Skipped, summary.Failed, summary.Left, summary.NoPictures, Math.Round(summary.Megapixels, 6),
        Round(summary.Elapsed.TotalSeconds), Round(summary.ComputeSeconds), (int)code));

    private static double Round(double seconds) => Math.Round(seconds, 3);

    private void Write(JsonEvent line)
    {
        output.WriteLine(JsonSerializer.Serialize(line, Json));
        output.Flush();
    }
}
