using System.Globalization;
using Koala.Client.CommandLine.Batches;
using Koala.Client.CommandLine.Commands;
using Koala.Client.CommandLine.Manifests;
using Koala.Client.CommandLine.Progress;
using Koala.Imaging;

namespace Koala.Client.CommandLine.Estimates;

/// <summary>Tells what a batch would do and take, and touches nothing. The worker computes one tile, to be timed.</summary>
internal sealed class DryRun(BatchPlan plan, BatchSettings settings, OutputHistory history, BatchWorker worker, TextWriter output)
{
    private int _failures;

    /// <summary>Prints a line for each photograph, and the sum.</summary>
    /// <returns><see cref="ExitCode.SomeFailed"/> where photographs would fail.</returns>
    /// <exception cref="CommandFailure">There is no worker, or it has no model for the scale.</exception>
    public async Task<ExitCode> RunAsync(CancellationToken cancellationToken)
    {
        var status = await worker.ContactAsync(cancellationToken);
        // Estimates or, where there is nothing to estimate, lines.
        var lines = plan.Photos.Select(photo => (Photo: photo, Line: LineWithoutWork(photo, status))).ToList();
        var layouts = lines.Where(line => line.Line is null).ToDictionary(line => line.Photo, line => Layouts(line.Photo, status));
        var secondsPerPixel = layouts.Count == 0 ? 0 : await ProbeAsync(layouts.MaxBy(photo => TilePixels(photo.Value[0])), cancellationToken);

        var estimates = new List<PhotoEstimate>();
        foreach (var (photo, line) in lines)
        {
            if (line is null)
            {
                var size = settings.Upscale.Target.For(photo.Width, photo.Height);
                estimates.Add(PhotoEstimate.Of(photo, layouts[photo], (size.Width, size.Height)));
            }
            output.WriteLine(line ?? Describe(estimates[^1], secondsPerPixel));
        }
        output.WriteLine(Sum(estimates, secondsPerPixel));
        return _failures == 0 ? ExitCode.Success : ExitCode.SomeFailed;
    }

    private string? LineWithoutWork(PlannedPhoto photo, WorkerStatus status)
    {
        if (photo.Problem is { } problem)
            return Failure(problem);
        try
        {
            ImageReader.Open(photo.Input.Path).Dispose();
            _ = settings.Upscale.Target.For(photo.Width, photo.Height);
        }
        catch (Exception error) when (error is ImageFileException or CommandFailure)
        {
            return Failure(error);
        }
        var work = UpscaleWork.Of(settings.Upscale, settings.Upscale.ModelOf(status, photo.Width, photo.Height));
        return Decision.Of(history, work, photo.Input.Path, photo.OutputPath, photo.Output, settings.Existing).Verdict switch
        {
            Verdict.UpToDate => $"{photo.Input.Path}: {photo.Output} is up to date",
            Verdict.Altered => $"{photo.Input.Path}: {photo.Output} was edited, and is kept",
            Verdict.Exists => $"{photo.Input.Path}: {photo.Output} exists",
            Verdict.Refuse => Failure(new CommandFailure(ExitCode.OutputExists, $"'{photo.Output}' exists; --overwrite replaces it.")),
            _ => null,
        };
    }

    private string Failure(Exception error)
    {
        _failures++;
        return $"Fails: {Explanation.Of(error).Message}";
    }

    private List<TileLayout> Layouts(PlannedPhoto photo, WorkerStatus status)
    {
        var (width, height) = (photo.Width, photo.Height);
        var layouts = new List<TileLayout>();
        foreach (var scale in settings.Upscale.Target.For(width, height).Passes)
        {
            var job = Job(width, height, scale, photo.PixelFormat);
            var model = status.Model(scale, settings.Upscale.Model) ?? settings.Upscale.ModelOf(status, photo.Width, photo.Height);
            try
            {
                layouts.Add(job.LayoutOn(status, model));
            }
            catch (KoalaException error)
            {
                throw new CommandFailure(ExitCodes.OfWork(error.Kind), error.Message, error);
            }
            (width, height) = (width * scale, height * scale);
        }
        return layouts;
    }

    /// <summary>Seconds of the device for an LR pixel of a tile, halo included.</summary>
    private async Task<double> ProbeAsync(KeyValuePair<PlannedPhoto, List<TileLayout>> photo, CancellationToken cancellationToken)
    {
        // With its halo on both sides it becomes one tile of that size.
        var layout = photo.Value[0];
        var halo = (layout.Halo + layout.Alignment - 1) / layout.Alignment * layout.Alignment;
        var scale = settings.Upscale.Target.For(photo.Key.Width, photo.Key.Height).Passes[0];
        var job = Job(Math.Max(1, layout.TileWidth - 2 * halo), Math.Max(1, layout.TileHeight - 2 * halo), scale, PixelFormat.RgbU8);
        var result = await WorkerContact.WorkAsync(() => worker.Client.UpscaleAsync(job, cancellationToken: cancellationToken));
        return result.ComputeSeconds / TilePixels(layout) / result.Tiles;
    }

    private UpscaleJob Job(int width, int height, int scale, PixelFormat format) => new()
    {
        Width = width,
        Height = height,
        PixelFormat = format,
        Scale = scale,
        Model = settings.Upscale.Model,
        Precision = settings.Upscale.Precision,
        TileSide = settings.Upscale.TileSide,
        Halo = settings.Upscale.Halo,
        ReadRows = (_, _, _, _) => ValueTask.CompletedTask,
        WriteRows = (_, _, _, _) => ValueTask.CompletedTask,
    };

    private static double TilePixels(TileLayout layout) => (double)layout.TileWidth * layout.TileHeight;

    private static string Describe(PhotoEstimate photo, double secondsPerPixel) => string.Create(
        CultureInfo.InvariantCulture,
        $"{photo.Photo.Input.Path} {photo.Photo.Width}x{photo.Photo.Height} → {photo.Photo.Output} {photo.Width}x{photo.Height}: "
        + $"{Cost(photo.Tiles, photo.TilePixels * secondsPerPixel, photo.MemoryBytes, photo.DiskBytes)}");

    private string Sum(List<PhotoEstimate> photos, double secondsPerPixel)
    {
        var others = plan.Photos.Count - photos.Count - _failures;
        var memory = photos.Count == 0 ? 0 : photos.Max(photo => photo.MemoryBytes);
        return $"{photos.Count} {(photos.Count == 1 ? "photo" : "photos")} to enlarge{(others == 0 ? "" : $", {others} not")}{(_failures == 0 ? "" : $", {_failures} would fail")}"
            + $"{(plan.NoPictures.Count == 0 ? "" : $", {plan.NoPictures.Count} other {(plan.NoPictures.Count == 1 ? "file" : "files")}")}: "
            + Cost(photos.Sum(photo => photo.Tiles), photos.Sum(photo => photo.TilePixels) * secondsPerPixel, memory, photos.Sum(photo => photo.DiskBytes));
    }

    private static string Cost(int tiles, double seconds, long memory, long disk) =>
        $"{tiles} {(tiles == 1 ? "tile" : "tiles")}, about {ProgressDisplay.Duration(TimeSpan.FromSeconds(seconds))}, "
        + $"{memory >> 20} MiB of memory, {Math.Ceiling(disk / 1048576.0):0} MiB of disk at most";
}
