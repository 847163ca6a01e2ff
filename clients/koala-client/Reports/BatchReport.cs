using System.Diagnostics;
using System.Globalization;
using Koala.Client.CommandLine.Batches;
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
            return work(new JsonReport(terminal.Out));
        if (quiet || terminal.Screen is null)
            return work(new LineReport(quiet ? TextWriter.Null : terminal.Out, terminal.Error));
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
    public void Start(BatchPlan plan, double scale)
    {
        lock (_gate)
        {
            (Total, Megapixels, _began) = (plan.Photos.Count, plan.Photos.Sum(photo => photo.Megapixels), Stopwatch.GetTimestamp());
            OnStart(plan, scale);
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

    /// <summary>Such as <c>18 photos enlarged, 1 up to date, 1 failed; 4.1 megapixels in 53.2 s, device busy 97 %</c>.</summary>
    protected static string Describe(BatchSummary summary)
    {
        var counts = new List<string> { $"{summary.Done} {(summary.Done == 1 ? "photo" : "photos")} enlarged" };
        foreach (var (count, what) in new[]
        {
            (summary.Skipped, "skipped"), (summary.NoPictures, "no pictures"), (summary.Failed, "failed"), (summary.Left, "not reached"),
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
                $"; {summary.Megapixels:0.00} megapixels in {ProgressDisplay.Duration(summary.Elapsed)}, device busy {summary.ComputeSeconds / summary.Elapsed.TotalSeconds:0 %}");
    }

    /// <summary>Why a photograph was passed over.</summary>
    protected static string Describe(SkipReason reason) => reason switch
    {
        SkipReason.UpToDate => "is up to date",
        SkipReason.Altered => "was edited since it was written, and is kept; --overwrite replaces it",
        _ => "exists",
    };

    protected abstract void OnWaiting(string line);

    protected abstract void OnStart(BatchPlan plan, double scale);

    protected abstract void OnProgress(PlannedPhoto photo, UpscaleProgress progress);

    protected abstract void OnEnd(PhotoOutcome outcome);

    protected abstract void OnFinish(BatchSummary summary, ExitCode code);
}
