using Koala.Client.CommandLine.Commands;
using Koala.Client.CommandLine.Upscaling;
using Koala.Imaging;

namespace Koala.Client.CommandLine.Blurs;

/// <summary>One kernel for a series that one camera or scanner made: the mean of all photographs' estimates.</summary>
internal static class KernelLock
{
    /// <summary>Looks at every photograph and locks the kernel.</summary>
    /// <param name="settings">As the call has them.</param>
    /// <param name="photos">Paths of the photographs.</param>
    /// <param name="client">The worker.</param>
    /// <param name="report">Told what is looked at.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The settings with the kernel; as they were where it is not to be locked.</returns>
    /// <exception cref="CommandFailure">The photographs need several scales, or the worker could not do it.</exception>
    public static async Task<UpscaleSettings> ApplyAsync(
        UpscaleSettings settings, IReadOnlyCollection<string> photos, KoalaClient client, Action<string> report, CancellationToken cancellationToken)
    {
        if (settings.Steering is not { KernelLock: true } steering)
            return settings;
        var kernels = new List<(BlurKernel, double)>();
        int? scale = null;
        foreach (var path in photos)
        {
            report($"Looking at the blur of {path} ({kernels.Count + 1} of {photos.Count}) …");
            try
            {
                using var reader = ImageReader.Open(path);
                var needed = settings.Target.For(reader.Width, reader.Height).Passes[0];
                if ((scale ??= needed) != needed)
                    throw new CommandFailure(
                        ExitCode.Usage, "--kernel-lock needs one scale for all photos, and these need twice for some and four times for others; choose --scale.");
                var result = await WorkerContact.WorkAsync(() => client.EstimateBlurAsync(
                    PhotoBlur.Job(reader, needed, settings.Model, settings.Precision), cancellationToken: cancellationToken));
                kernels.Add((result.MeanKernel!, (double)reader.Width * reader.Height));
            }
            catch (ImageFileException)
            {
                // A damaged photograph is told of when its turn comes, and keeps no other from its kernel.
            }
        }
        if (kernels.Count == 0)
            return settings;
        return settings with { Steering = steering with { Kernel = BlurKernel.Mean(kernels).Centred() } };
    }
}
