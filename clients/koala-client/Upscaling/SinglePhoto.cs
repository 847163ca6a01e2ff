using System.Diagnostics;
using Koala.Client.CommandLine.Batches;
using Koala.Client.CommandLine.Checks;
using Koala.Client.CommandLine.Commands;
using Koala.Client.CommandLine.Folders;
using Koala.Client.CommandLine.Progress;
using Koala.Client.CommandLine.Reports;

namespace Koala.Client.CommandLine.Upscaling;

/// <summary>Enlarges one photograph into one file: the command's exit code is the photograph's.</summary>
/// <param name="input">The photograph.</param>
/// <param name="output">The enlarged photograph.</param>
/// <param name="settings">How it is enlarged.</param>
/// <param name="recovery">What is done where the worker is lost.</param>
/// <param name="terminal">Where the command writes to.</param>
internal sealed class SinglePhoto(string input, string output, UpscaleSettings settings, WorkerRecovery recovery, Terminal terminal)
{
    /// <summary>As a plan of one, for what is made for many; a file is read for that.</summary>
    public static BatchPlan Plan(string input, string output)
    {
        var photo = Photo(input, output);
        return new BatchPlan(output, [input == UpscaleSettings.StandardStream ? photo : photo.Measure()], []);
    }

    /// <summary>Enlarges it and says so.</summary>
    /// <param name="contact">Finds a worker or starts it; told whom to tell what is waited for.</param>
    /// <param name="address">Where the worker is.</param>
    /// <param name="quiet">Whether nothing is said.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task RunAsync(
        Func<KoalaClient, Action<string>, Task> contact, WorkerAddress address, bool quiet, CancellationToken cancellationToken)
    {
        // Everything that costs nothing to know comes first: a wrong path should not have to wait for a worker.
        using var upscale = PhotoUpscale.Open(input, output, settings);
        // Where the picture itself goes to standard output, what is said about it goes to the other.
        var messages = output == UpscaleSettings.StandardStream ? terminal with { Out = terminal.Error, Screen = null } : terminal;
        if (!quiet)
        {
            foreach (var note in upscale.Notes)
                messages.Out.WriteLine($"Note: {note}");
        }
        var done = await ProgressDisplay.ShowAsync(quiet ? null : messages, display => RunAsync(upscale, contact, address, display, cancellationToken));
        if (!quiet)
        {
            if (done.Warning is { } warning)
                terminal.Error.WriteLine(warning);
            messages.Out.WriteLine($"{UpscaleCommand.Summary(done)} ({UpscaleCommand.Means(done.Result)})");
            if (done.Check is { } check)
                messages.Out.WriteLine(check.Line);
        }
        if (done.Check is { Passed: false } failed)
            throw failed.Failure(output);
    }

    /// <summary>Enlarges it and tells a program by events.</summary>
    /// <inheritdoc cref="RunAsync(Func{KoalaClient, Action{string}, Task}, WorkerAddress, bool, CancellationToken)"/>
    public async Task RunWithEventsAsync(
        Func<KoalaClient, Action<string>, Task> contact, WorkerAddress address, bool quiet, CancellationToken cancellationToken)
    {
        using var upscale = PhotoUpscale.Open(input, output, settings);
        var report = new JsonReport(terminal.Out, quiet ? TextWriter.Null : terminal.Error);
        var photo = Photo(input, output) with { Width = upscale.Width, Height = upscale.Height };
        report.Start(new BatchPlan(output, [photo], []));
        var elapsed = Stopwatch.StartNew();
        CommandFailure? checkFailure;
        try
        {
            var done = await RunAsync(upscale, contact, address, new EventProgress(photo, report), cancellationToken);
            report.End(done);
            checkFailure = done.Check is { Passed: false } check ? check.Failure(output) : null;
            report.Finish(new BatchSummary { Elapsed = elapsed.Elapsed }.With(done), checkFailure?.Code ?? ExitCode.Success);
        }
        catch (Exception error)
        {
            var (code, message) = Explanation.Of(error);
            var failed = new PhotoFailed(photo, code, message);
            report.End(failed);
            report.Finish(new BatchSummary { Elapsed = elapsed.Elapsed }.With(failed), code);
            throw;
        }
        if (checkFailure is not null)
            throw checkFailure;
    }

    private async Task<PhotoDone> RunAsync(
        PhotoUpscale upscale, Func<KoalaClient, Action<string>, Task> contact, WorkerAddress address, ProgressDisplay display, CancellationToken cancellationToken)
    {
        await using var client = new KoalaClient(address) { Recovery = recovery with { Report = display.Waiting } };
        await contact(client, display.Waiting);
        display.Waiting($"Enlarging {upscale} …");
        var elapsed = Stopwatch.StartNew();
        var result = await upscale.RunAsync(client, display, cancellationToken);
        var photo = Photo(input, output) with { Width = upscale.Width, Height = upscale.Height };
        return new PhotoDone(photo, upscale.OutputWidth, upscale.OutputHeight, result, elapsed.Elapsed)
        {
            Notes = [.. upscale.Notes],
            Estimates = upscale.Estimates,
            Check = CheckScore.Of(result, settings),
        };
    }

    private static PlannedPhoto Photo(string input, string output) =>
        new(new InputFile(input, Path.GetFileName(input), Named: true), Path.GetFileName(output), output);

    /// <summary>Progress as events.</summary>
    private sealed class EventProgress(PlannedPhoto photo, JsonReport report) : ProgressDisplay
    {
        public override void Waiting(string line) => report.Waiting(line);

        public override void Report(UpscaleProgress value) => report.Progress(photo, value);
    }
}
