using System.Diagnostics;
using System.Globalization;
using Koala.Client.CommandLine.Batches;
using Koala.Client.CommandLine.Commands;
using Koala.Client.CommandLine.Progress;
using Spectre.Console;

namespace Koala.Client.CommandLine.Reports;

/// <summary>What people or programs are told of a batch while it runs. Called by several threads; tells one thing at a time.</summary>
internal abstract class BatchReport
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PlannedPhoto, double> _running = [];
    private long _began;
    private double _megapixelsDone;

    /// <summary>Photographs of the batch.</summary>
    protected int Total { get; private set; }

    /// <summary>Photographs that have ended, whichever way.</summary>
    protected int Ended { get; private set; }

    /// <summary>Million pixels that are or will be enlarged.</summary>
    protected double Megapixels { get; private set; }

    /// <summary>Million pixels that are enlarged, those of photographs that run among them.</summary>
    protected double MegapixelsDone => _megapixelsDone + _running.Sum(photo => photo.Key.Megapixels * photo.Value);

    /// <summary>Time left at the pace so far; null before there is one.</summary>
    protected TimeSpan? TimeLeft => MegapixelsDone is var done && done <= 0 || done >= Megapixels
        ? null
        : Stopwatch.GetElapsedTime(_began) * ((Megapixels - done) / done);

    /// <summary>Such as <c>3 of 20 photos, 1.20 of 9.81 megapixels, about 5 min 3 s left</c>.</summary>
    protected string Position => string.Create(
        CultureInfo.InvariantCulture,
        $"{Ended} of {Total} photos, {MegapixelsDone:0.00} of {Megapixels:0.00} megapixels{ProgressDisplay.TimeLeft(TimeLeft)}");

    /// <summary>Runs a batch with the report that fits: events, bars on a screen, lines where there is none, or errors alone.</summary>
    public static Task<T> ShowAsync<T>(Terminal terminal, bool json, bool quiet, Func<BatchReport, Task<T>> work)
    {
        if (json)
            return work(new JsonReport(terminal.Out, quiet ? TextWriter.Null : terminal.Error));
        if (quiet || terminal.Screen is null)
            return work(new LineReport(quiet ? TextWriter.Null : terminal.Out, quiet ? TextWriter.Null : terminal.Error, terminal.Error));
        return terminal.Screen.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context => work(new BarReport(terminal.Screen, context)));
    }

    /// <summary>Says what is waited for, in one line.</summary>
    public void Waiting(string line)
    {
        lock (_gate)
            OnWaiting(line);
    }

    /// <summary>The work begins.</summary>
    public void Start(BatchPlan plan)
    {
        lock (_gate)
        {
            (Total, Megapixels, _began) = (plan.Photos.Count, plan.Photos.Sum(photo => photo.Megapixels), Stopwatch.GetTimestamp());
            OnStart(plan);
        }
    }

    /// <summary>A photograph is on its way.</summary>
    public void Progress(PlannedPhoto photo, UpscaleProgress progress)
    {
        lock (_gate)
        {
            _running[photo] = progress.Fraction;
            OnProgress(photo, progress);
        }
    }

    /// <summary>A photograph has ended; in the order of the batch.</summary>
    public void End(PhotoOutcome outcome)
    {
        lock (_gate)
        {
            Ended++;
            _running.Remove(outcome.Photo);
            if (outcome is PhotoDone)
                _megapixelsDone += outcome.Photo.Megapixels;
            else
                Megapixels -= outcome.Photo.Megapixels;
            OnEnd(outcome);
        }
    }

    /// <summary>All is done, or the batch was stopped.</summary>
    public void Finish(BatchSummary summary, ExitCode code)
    {
        lock (_gate)
            OnFinish(summary, code);
    }

    /// <summary>Such as <c>18 photos enlarged, 1 up to date, 1 failed; 4.10 megapixels in 54 s, device busy 97 % (cuda:0, bf16, koalanet-x4)</c>.</summary>
    protected static string Describe(BatchSummary summary)
    {
        var counts = new List<string> { $"{summary.Done} {(summary.Done == 1 ? "photo" : "photos")} enlarged" };
        foreach (var (count, what) in new[]
        {
            (summary.UpToDate, "up to date"), (summary.Skipped - summary.UpToDate, "skipped"), (summary.Failed, "failed"),
            (summary.Inconsistent, "less consistent than wanted"), (summary.Left, "not reached"), (summary.NoPictures, summary.NoPictures == 1 ? "other file" : "other files"),
        })
        {
            if (count > 0)
                counts.Add($"{count} {what}");
        }
        var text = string.Join(", ", counts);
        return summary.Done == 0 || summary.Elapsed <= TimeSpan.Zero
            ? text
            : text + string.Create(
                CultureInfo.InvariantCulture,
                $"; {summary.Megapixels:0.00} megapixels in {ProgressDisplay.Duration(summary.Elapsed)}, device busy {summary.ComputeSeconds / summary.Elapsed.TotalSeconds:0 %} ({UpscaleCommand.Means(summary.Last!)})");
    }

    /// <summary>Such as <c>a.jpg 640x427 → out/a_x4.jpg 2560x1708 in 3.1 s</c>; null for what is no news.</summary>
    protected static string? Describe(PhotoOutcome outcome) => outcome switch
    {
        PhotoDone done => string.Concat(UpscaleCommand.Summary(done), done.Check is { } check ? $", {check.Short}" : "", string.Concat(done.Notes.Select(note => $"\n  Note: {note}"))),
        PhotoSkipped { Reason: SkipReason.UpToDate } => null,
        PhotoSkipped { Reason: SkipReason.Altered } skipped =>
            $"{skipped.Photo.Output} was edited since it was written, and is kept; --overwrite replaces it",
        PhotoSkipped skipped => $"{skipped.Photo.Output} exists, and is kept",
        PhotoFailed failed when failed.Message.Contains(failed.Photo.Input.Path, StringComparison.Ordinal) => failed.Message.ReplaceLineEndings(" "),
        PhotoFailed failed => $"{failed.Photo.Input.Path}: {failed.Message.ReplaceLineEndings(" ")}",
        _ => throw new ArgumentException($"Expected a known outcome, got {outcome.GetType().Name}.", nameof(outcome)),
    };

    protected abstract void OnWaiting(string line);

    protected abstract void OnStart(BatchPlan plan);

    protected abstract void OnProgress(PlannedPhoto photo, UpscaleProgress progress);

    protected abstract void OnEnd(PhotoOutcome outcome);

    protected abstract void OnFinish(BatchSummary summary, ExitCode code);
}
