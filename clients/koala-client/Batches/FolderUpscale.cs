using Koala.Client.CommandLine.Folders;
using Koala.Client.CommandLine.Manifests;
using Koala.Client.CommandLine.Reports;

namespace Koala.Client.CommandLine.Batches;

/// <summary>Enlarges photographs into a folder: from the arguments to the summary.</summary>
internal static class FolderUpscale
{
    /// <summary>Plans a batch; nothing is touched.</summary>
    /// <exception cref="CommandFailure">Something is wrong with the batch as a whole.</exception>
    public static BatchPlan Plan(BatchSettings settings, OutputHistory history, TextReader standardInput)
    {
        if (File.Exists(settings.Folder) || OutputName.IsOfAFile(settings.Folder) && !Directory.Exists(settings.Folder))
        {
            var onlyFolder = settings.Inputs.Count == 1 && Directory.Exists(settings.Inputs[0]);
            throw new CommandFailure(
                onlyFolder ? ExitCode.InputIsDirectory : ExitCode.OutputNotFolder,
                $"'{settings.Folder}' is the name of a file, and {(onlyFolder ? $"'{settings.Inputs[0]}' is a folder" : "there may be several photos")}; "
                + "name a folder for the outputs, which is created where it does not exist.");
        }
        var inputs = new Inputs(settings.Recursive, settings.Folder, standardInput).Expand(settings.Inputs);
        var plan = BatchPlan.Create(
            inputs, settings.Folder, path => settings.Name.Of(path, settings.Upscale.Target.Name), history.Outputs, settings.Shard);
        // A part of a batch may well be empty.
        if (plan.Photos.Count == 0 && settings.Shard is null)
        {
            var hint = settings.Recursive ? "check the path" : "check the path, or add -r to enter the folders in it";
            throw new CommandFailure(ExitCode.InputNotFound, $"'{string.Join("', '", settings.Inputs.Take(3))}' has no pictures; {hint}.");
        }
        return plan;
    }

    /// <summary>Enlarges what is planned and not done yet.</summary>
    /// <exception cref="CommandFailure">Some photographs failed, or the batch was stopped; the others are done.</exception>
    public static async Task RunAsync(BatchPlan plan, BatchSettings settings, BatchWorker worker, BatchReport report, CancellationToken cancellationToken)
    {
        var summary = new BatchSummary { NoPictures = plan.NoPictures.Count };
        Exception? fatal = null;
        if (plan.Photos.Count > 0)
        {
            // Before the folder is made: a scale that the worker has no model for should leave no trace.
            var status = await worker.ContactAsync(cancellationToken);
            if (plan.Photos.FirstOrDefault(photo => photo.Width > 0 && settings.Upscale.Target.Fits(photo.Width, photo.Height)) is { } measured)
                _ = settings.Upscale.ModelOf(status, measured.Width, measured.Height);
            CreateFolder(settings.Folder);
            using var folder = FolderLock.Take(settings.Folder, settings.Shard);
            using var log = ManifestLog.Open(settings.Folder, settings.Shard is { } part ? $"{part.Number}-of-{part.Count}" : "");
            Leftovers.Remove(plan);
            report.Start(plan);
            // Read once nobody else writes to it.
            var batch = new Batch(plan, settings, status, new OutputHistory(ManifestLog.Read(settings.Folder)), log, worker, report);
            summary = await batch.RunAsync(cancellationToken);
            fatal = batch.Fatal;
            Leftovers.Remove(plan);
        }
        else
        {
            report.Start(plan);
        }
        var failure = Failure(summary, plan, fatal, cancellationToken);
        report.Finish(summary, failure?.Code ?? ExitCode.Success);
        if (failure is not null)
            throw failure;
    }

    private static CommandFailure? Failure(BatchSummary summary, BatchPlan plan, Exception? fatal, CancellationToken cancellationToken)
    {
        var ended = $"{summary.Done + summary.Skipped} of {plan.Photos.Count} photos are done; the same command goes on with the others";
        if (fatal is not null)
        {
            var (code, message) = Explanation.Of(fatal);
            return new CommandFailure(code, $"{message.TrimEnd('.')}. {ended}.", fatal);
        }
        if (cancellationToken.IsCancellationRequested && summary.Left > 0)
            return new CommandFailure(ExitCode.Cancelled, $"Cancelled. {ended}.");
        if (summary.Failed == 0)
        {
            return summary.Inconsistent == 0 ? null : new CommandFailure(
                ExitCode.CheckFailed,
                $"{summary.Inconsistent} of {summary.Done} photos are written, but explained less well than --check-threshold wants; look at them.");
        }
        return new CommandFailure(ExitCode.SomeFailed, $"{summary.Failed} of {plan.Photos.Count} photos failed, each for the reason above. {ended}.");
    }

    private static void CreateFolder(string folder)
    {
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
}
