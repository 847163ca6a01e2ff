using Koala.Client.CommandLine.Checks;
using Koala.Client.CommandLine.Manifests;
using Koala.Client.CommandLine.Reports;
using Koala.Client.CommandLine.Upscaling;
using Koala.Imaging;

namespace Koala.Client.CommandLine.Batches;

/// <summary>One photograph of a batch: whether it needs any work, the work, and the manifest's lines about it.</summary>
internal sealed class BatchPhoto(
    PlannedPhoto photo, BatchSettings settings, WorkerStatus status, OutputHistory history, ManifestLog log, BatchWorker worker, BatchReport report)
{
    /// <summary>Enlarges the photograph, unless what would be made is there.</summary>
    /// <returns>How it ended, as far as that is the photograph's own matter.</returns>
    /// <exception cref="CommandFailure">The batch cannot go on: no worker, or the disk is full.</exception>
    public async Task<PhotoOutcome> RunAsync(PhotoTurn turn, CancellationToken cancellationToken)
    {
        try
        {
            if (photo.Problem is { } problem)
                throw problem;
            // A file that could not be read says why now, and leaves no empty folder.
            if (photo.Width == 0)
                ImageReader.Open(photo.Input.Path).Dispose();
            var work = UpscaleWork.Of(settings.Upscale, settings.Upscale.ModelOf(status, photo.Width, photo.Height));
            var decision = Decide(work);
            if (decision.Finished is { } finished)
                log.Append(finished);
            return decision.Verdict switch
            {
                Verdict.UpToDate => new PhotoSkipped(photo, SkipReason.UpToDate),
                Verdict.Altered => new PhotoSkipped(photo, SkipReason.Altered),
                Verdict.Exists => new PhotoSkipped(photo, SkipReason.Exists),
                Verdict.Refuse => throw Refusal(decision),
                _ => await EnlargeAsync(decision, work, turn, cancellationToken),
            };
        }
#pragma warning disable CA1031 // Whatever it is: one photograph must not end the others.
        catch (Exception error) when (error is not OperationCanceledException && !EndsTheBatch(error))
#pragma warning restore CA1031
        {
            var (code, message) = Explanation.Of(error);
            return new PhotoFailed(photo, code, message);
        }
        finally
        {
            turn.Pass();
        }
    }

    private Decision Decide(UpscaleWork work)
    {
        try
        {
            return Decision.Of(history, work, photo.Input.Path, photo.OutputPath, photo.Output, settings.Existing);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(
                ExitCode.InputNotReadable, $"'{photo.Input.Path}' or its output '{photo.Output}' cannot be compared ({error.Message.TrimEnd('.')}); check both.", error);
        }
    }

    private async Task<PhotoOutcome> EnlargeAsync(Decision decision, UpscaleWork work, PhotoTurn turn, CancellationToken cancellationToken)
    {
        CreateFolder();
        var upscaleSettings = settings.Upscale with { Overwrite = decision.Verdict == Verdict.Replace };
        ManifestEntry? started = null;
        var committed = false;
        try
        {
            var done = await worker.RunAsync(
                async () =>
                {
                    using var upscale = PhotoUpscale.Open(photo.Input.Path, photo.Output, upscaleSettings);
                    if (started is null)
                        log.Append(started = Start(decision, work));
                    var result = await upscale.RunAsync(worker.Client, new PhotoProgress(photo, report, turn), cancellationToken, turn);
                    committed = true;
                    var size = photo with { Width = upscale.Width, Height = upscale.Height };
                    return new PhotoDone(size, upscale.OutputWidth, upscale.OutputHeight, result, turn.Elapsed)
                    {
                        Notes = [.. upscale.Notes],
                        Estimates = upscale.Estimates,
                        Check = CheckScore.Of(result, upscaleSettings),
                    };
                },
                turn,
                cancellationToken);
            log.Append(started! with
            {
                State = ManifestState.Done,
                Time = DateTime.UtcNow,
                Work = work with { Model = done.Result.Model, ModelSha256 = done.Result.ModelSha256 },
                Output = FileState.Of(photo.Output, photo.OutputPath),
                Seconds = Math.Round(done.Elapsed.TotalSeconds, 3),
            });
            return done with { Photo = photo };
        }
        catch (Exception error) when (started is not null && !committed)
        {
            log.Append(started with { State = ManifestState.Failed, Time = DateTime.UtcNow, Output = null, Error = Explanation.Of(error).Message });
            throw;
        }
    }

    private ManifestEntry Start(Decision decision, UpscaleWork work) => new()
    {
        State = ManifestState.Started,
        Time = DateTime.UtcNow,
        Input = FileState.Of(photo.Input.Path, photo.Input.Path),
        Work = work,
        OutputPath = photo.OutputPath,
        Output = decision.Verdict == Verdict.Replace ? FileState.Of(photo.Output, photo.OutputPath) : null,
    };

    private void CreateFolder()
    {
        var folder = Path.GetDirectoryName(photo.Output)!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(
                ExitCode.OutputNotWritable, $"The folder '{folder}' cannot be created ({error.Message.TrimEnd('.')}); choose another output folder.", error);
        }
    }

    private CommandFailure Refusal(Decision decision) => new(
        ExitCode.OutputExists,
        decision.Made is null
            ? $"'{photo.Output}' exists and is no output of an earlier run; add --overwrite to replace it, or --skip-existing to keep it."
            : $"'{photo.Output}' was edited since it was written, and photograph or settings have changed; "
                + "add --overwrite to replace it, or --skip-existing to keep it.");

    private static bool EndsTheBatch(Exception error) => Explanation.Of(error).Code
        is ExitCode.DiskFull
        or ExitCode.WorkerNotFound or ExitCode.WorkerStartFailed or ExitCode.WorkerAddressTaken or ExitCode.WorkerUnavailable;

    /// <summary>Tells of one photograph's tiles.</summary>
    private sealed class PhotoProgress(PlannedPhoto photo, BatchReport report, PhotoTurn turn) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value)
        {
            turn.Left(value.MegapixelsTotal - value.MegapixelsDone);
            report.Progress(photo, value);
        }
    }
}
