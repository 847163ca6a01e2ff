using System.Diagnostics;
using Koala.Client.CommandLine.Batches;
using Koala.Client.CommandLine.Commands;

namespace Koala.Client.CommandLine.Reports;

/// <summary>A batch for logs and pipes: a line for each photograph, and how far it is when nothing was said for ten seconds.</summary>
/// <param name="output">What is done.</param>
/// <param name="error">What fails.</param>
internal sealed class LineReport(TextWriter output, TextWriter error) : BatchReport
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private long _told = Stopwatch.GetTimestamp();

    protected override void OnWaiting(string line) => Tell(line);

    protected override void OnStart(BatchPlan plan, double scale) => Tell($"Enlarging {Position} into {plan.Folder} …");

    protected override void OnProgress(PlannedPhoto photo, UpscaleProgress progress)
    {
        if (Stopwatch.GetElapsedTime(_told) >= Pause)
            Tell($"{Position}; {photo.Input.Path}: {progress.TilesDone} of {progress.TilesTotal} tiles");
    }

    protected override void OnEnd(PhotoOutcome outcome)
    {
        switch (outcome)
        {
            case PhotoDone done:
                Tell($"[{Ended}/{Total}] {UpscaleCommand.Summary(done)}");
                break;
            case PhotoSkipped skipped:
                Tell($"[{Ended}/{Total}] {skipped.Photo.Output} {Describe(skipped.Reason)}");
                break;
            case PhotoFailed failed:
                error.WriteLine($"koala-client: [{Ended}/{Total}] {failed.Message.ReplaceLineEndings(" ")}");
                break;
        }
    }

    protected override void OnFinish(BatchSummary summary, ExitCode code) => Tell(Describe(summary));

    private void Tell(string line)
    {
        output.WriteLine(line);
        _told = Stopwatch.GetTimestamp();
    }
}
