using Koala.Client.CommandLine.Commands;
using Koala.Client.CommandLine.Upscaling;
using Koala.Imaging;

namespace Koala.Client.CommandLine.Blurs;

/// <summary>The estimated blur of one photograph.</summary>
/// <param name="Width">Of the photograph.</param>
/// <param name="Map">A blur for every pixel, row by row.</param>
/// <param name="Scale">The scale whose model looked.</param>
/// <param name="Step">Pixels from one kernel to the next; null where none were wanted.</param>
/// <param name="Result">The kernels, and what the worker is.</param>
internal sealed record PhotoBlur(int Width, Blur[] Map, int Scale, int? Step, UpscaleResult Result)
{
    /// <summary>In pixels of the photograph.</summary>
    public int Height => Map.Length / Width;

    /// <summary>Estimates it.</summary>
    /// <param name="reader">The photograph, at its first row.</param>
    /// <param name="job">As <see cref="Job"/> makes it.</param>
    /// <param name="client">The worker.</param>
    /// <param name="progress">Told after every tile.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandFailure">The worker could not do it.</exception>
    public static async Task<PhotoBlur> EstimateAsync(
        ImageReader reader, BlurJob job, KoalaClient client, IProgress<UpscaleProgress> progress, CancellationToken cancellationToken)
    {
        var map = new Blur[(long)reader.Width * reader.Height];
        var result = await WorkerContact.WorkAsync(() => client.EstimateBlurAsync(
            job with
            {
                WriteBlur = (y, rows, _) =>
                {
                    rows.CopyTo(map.AsMemory(y * reader.Width));
                    return ValueTask.CompletedTask;
                },
            },
            progress,
            cancellationToken));
        return new PhotoBlur(reader.Width, map, job.Scale, job.KernelStep, result);
    }

    /// <summary>The job of a photograph whose mean kernel alone is wanted.</summary>
    public static BlurJob Job(ImageReader reader, int scale, string model, Precision precision) => new()
    {
        Width = reader.Width,
        Height = reader.Height,
        PixelFormat = PhotoUpscale.PixelFormatOf(reader),
        Scale = scale,
        Model = model,
        Precision = precision,
        ReadRows = (_, _, rows, _) =>
        {
            reader.ReadRows(rows.Span);
            return ValueTask.CompletedTask;
        },
    };
}
