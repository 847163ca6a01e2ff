using Koala.Client.CommandLine.Batches;
using Spectre.Console;

namespace Koala.Client.CommandLine.Reports;

/// <summary>A batch on a screen: a bar for the whole, one for each photograph on its way, and above them what has ended.</summary>
internal sealed class BarReport(IAnsiConsole screen, ProgressContext context) : BatchReport
{
    private readonly Dictionary<PlannedPhoto, ProgressTask> _photos = [];
    private readonly ProgressTask _whole = context.AddTask("Starting …");

    protected override void OnWaiting(string line)
    {
        _whole.IsIndeterminate = true;
        _whole.Description = Markup.Escape(line);
    }

    protected override void OnStart(BatchPlan plan) => Update();

    protected override void OnProgress(PlannedPhoto photo, UpscaleProgress progress)
    {
        if (!_photos.TryGetValue(photo, out var task))
            _photos[photo] = task = context.AddTask(Describe(photo, progress));
        task.Description = Describe(photo, progress);
        // One that is full would vanish before its line is there.
        task.Value = Math.Min(progress.Fraction, 0.999) * task.MaxValue;
        Update();
    }

    protected override void OnEnd(PhotoOutcome outcome)
    {
        if (_photos.Remove(outcome.Photo, out var task))
            task.Value = task.MaxValue;
        if (Describe(outcome) is { } line)
            screen.Write(new LineAbove(line, outcome is PhotoFailed ? new Style(Color.Red) : Style.Plain));
        if (outcome is PhotoDone { Warning: { } warning })
            screen.Write(new LineAbove(warning, new Style(Color.Yellow)));
        Update();
    }

    protected override void OnFinish(BatchSummary summary, ExitCode code) => screen.Write(new LineAbove(Describe(summary), Style.Plain));

    private static string Describe(PlannedPhoto photo, UpscaleProgress progress) =>
        Markup.Escape($"{Path.GetFileName(photo.Input.Path)}, {progress.TilesDone} of {progress.TilesTotal} tiles");

    private void Update()
    {
        _whole.IsIndeterminate = false;
        _whole.Description = Markup.Escape(Position);
        _whole.Value = Megapixels <= 0 ? 0 : Math.Min(MegapixelsDone / Megapixels, 0.999) * _whole.MaxValue;
    }
}
