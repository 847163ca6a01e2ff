using System.Diagnostics;
using System.Threading.Channels;
using Koala.Client.CommandLine.Manifests;
using Koala.Client.CommandLine.Reports;
using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Batches;

/// <summary>
/// Enlarges the photographs of a plan. A few are on their way at once: while the worker computes one, the next is read and the one
/// before is encoded. They end in the order of the plan.
/// </summary>
internal sealed class Batch(
    BatchPlan plan, BatchSettings settings, WorkerStatus status, OutputHistory history, ManifestLog log, BatchWorker worker, BatchReport report)
{
    // One being read, one computed, one encoded.
    private const int MostOnTheirWay = 3;

    private Exception? _fatal;

    /// <summary>What ended the batch before its time, or null.</summary>
    public Exception? Fatal => _fatal;

    /// <summary>Runs until every photograph has ended, or the batch is stopped.</summary>
    public async Task<BatchSummary> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var room = new SemaphoreSlim(MostOnTheirWay);
        var onTheirWay = Channel.CreateUnbounded<Task<PhotoOutcome>>();
        var clock = Stopwatch.StartNew();
        var summary = new BatchSummary { NoPictures = plan.NoPictures.Count };
        var starting = StartAsync(onTheirWay.Writer, room, stop.Token);
        await foreach (var photo in onTheirWay.Reader.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                var outcome = await photo;
                summary = summary.With(outcome) with { Elapsed = clock.Elapsed };
                report.End(outcome);
                if (outcome is PhotoFailed && settings.FailFast)
                    await stop.CancelAsync();
            }
            catch (OperationCanceledException)
            {
                // It was stopped, and is left.
            }
#pragma warning disable CA1031 // Whatever it is, those that are on their way have to end before it is thrown.
            catch (Exception error)
#pragma warning restore CA1031
            {
                _fatal ??= error;
                await stop.CancelAsync();
            }
            room.Release();
        }
        await starting;
        return summary with { Left = plan.Photos.Count - summary.Done - summary.Skipped - summary.Failed };
    }

    private async Task StartAsync(ChannelWriter<Task<PhotoOutcome>> onTheirWay, SemaphoreSlim room, CancellationToken cancellationToken)
    {
        try
        {
            var before = Task.CompletedTask;
            foreach (var photo in plan.Photos)
            {
                await room.WaitAsync(cancellationToken);
                var turn = new PhotoTurn(before);
                var run = new BatchPhoto(photo, settings, status, history, log, worker, report);
                // Not cancelled here: what has begun tells itself how it ends.
                onTheirWay.TryWrite(Task.Run(() => run.RunAsync(turn, cancellationToken), CancellationToken.None));
                before = turn.Passed;
            }
        }
        catch (OperationCanceledException)
        {
            // The photographs that are left do not begin.
        }
        onTheirWay.Complete();
    }
}
