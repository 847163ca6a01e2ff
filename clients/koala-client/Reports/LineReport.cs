using System.Diagnostics;
using System.Globalization;
using Koala.Client.CommandLine.Batches;

namespace Koala.Client.CommandLine.Reports;

/// <summary>A batch for logs and pipes: a line for each photograph, and how far it is when nothing was said for ten seconds.</summary>
/// <param name="output">What is done.</param>
/// <param name="warnings">What photographs are unlike.</param>
/// <param name="error">What fails.</param>
internal sealed class LineReport(TextWriter output, TextWriter warnings, TextWriter error) : BatchReport
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private long _told = Stopwatch.GetTimestamp();

    protected override void OnWaiting(string line) => Tell(line);

    protected override void OnStart(BatchPlan plan) => Tell(string.Create(
        CultureInfo.InvariantCulture, $"{Total} {(Total == 1 ? "photo" : "photos")}, {Megapixels:0.00} megapixels, into {plan.Folder} …"));

    protected override void OnProgress(PlannedPhoto photo, UpscaleProgress progress)
    {
        if (Stopwatch.GetElapsedTime(_told) >= Pause)
            Tell($"{Position}; {photo.Input.Path}: {progress.TilesDone} of {progress.TilesTotal} tiles");
    }

    protected override void OnEnd(PhotoOutcome outcome)
    {
        if (outcome is PhotoDone { Warning: { } warning })
            warnings.WriteLine(warning);
        if (outcome is PhotoFailed)
            error.WriteLine($"koala-client: {Describe(outcome)}");
        else if (Describe(outcome) is { } line)
            Tell($"[{Ended}/{Total}] {line}");
    }

    protected override void OnFinish(BatchSummary summary, ExitCode code) => Tell(Describe(summary));

    private void Tell(string line)
    {
        output.WriteLine(line);
        _told = Stopwatch.GetTimestamp();
    }
}
