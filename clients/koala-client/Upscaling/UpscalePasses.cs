using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;

namespace Koala.Client.CommandLine.Upscaling;

/// <summary>
/// Enlarges in one pass, or in several at once: the rows of one are the input of the next, without a file in between. The
/// worker's share of the later passes is by far the larger.
/// </summary>
internal static class UpscalePasses
{
    // Rows that may wait between two passes, in bytes.
    private const int QueueBytes = 4 << 20;

    /// <summary>Runs them; the first failure ends all.</summary>
    /// <param name="client">The worker.</param>
    /// <param name="job">The first pass's input and the last one's output; its scale is replaced. Its region is one of the first pass's input.</param>
    /// <param name="scales">Of the passes.</param>
    /// <param name="progress">Told of the last pass.</param>
    /// <param name="cancellationToken">Ends all.</param>
    /// <returns>The last pass's result.</returns>
    public static async Task<UpscaleResult> RunAsync(
        KoalaClient client, UpscaleJob job, IReadOnlyList<int> scales, IProgress<UpscaleProgress> progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var regions = await RegionsAsync(client, job, scales, cancellationToken);
        ExceptionDispatchInfo? failure = null;
        var passes = new List<Task<UpscaleResult?>>();
        var next = job;
        for (var i = 0; i < scales.Count; i++)
        {
            var last = i == scales.Count - 1;
            var pipe = last ? null : new Pipe(new PipeOptions(pauseWriterThreshold: QueueBytes, resumeWriterThreshold: QueueBytes / 2));
            var pass = next with { Scale = scales[i], Region = regions[i], WriteRows = pipe is null ? job.WriteRows : (_, _, rows, token) => WriteAsync(pipe.Writer, rows, token) };
            passes.Add(GuardAsync(client.UpscaleAsync(pass, last ? progress : null, stop.Token)));
            var (width, height) = regions[i] is { } region ? (region.Width, region.Height) : (next.Width, next.Height);
            // What was enlarged is smoother than what is meant.
            next = next with { SmoothLevels = 0, Width = width * scales[i], Height = height * scales[i], ReadRows = (_, _, rows, token) => ReadAsync(pipe!.Reader, rows, token) };
        }
        var results = await Task.WhenAll(passes);
        failure?.Throw();
        return results[^1]!;

        async Task<UpscaleResult?> GuardAsync(Task<UpscaleResult> pass)
        {
            try
            {
                return await pass;
            }
#pragma warning disable CA1031 // Whatever it is, the other passes have to end before it is thrown.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
                await stop.CancelAsync();
                return null;
            }
        }
    }

    /// <summary>What each pass enlarges of its input. The first of two also enlarges what the second sees around the region.</summary>
    private static async Task<PixelRegion?[]> RegionsAsync(KoalaClient client, UpscaleJob job, IReadOnlyList<int> scales, CancellationToken cancellationToken)
    {
        if (scales.Count == 1 || job.Region is not { } region)
            return [job.Region, null];
        var (first, second) = (scales[0], scales[1]);
        var halo = job.Halo ?? (await client.GetStatusAsync(cancellationToken)).Model(second, job.Model)?.Halo ?? 0;
        var margin = (halo + first - 1) / first;
        var (left, top) = (Math.Max(0, region.X - margin), Math.Max(0, region.Y - margin));
        var around = new PixelRegion(
            left, top, Math.Min(job.Width, region.Right + margin) - left, Math.Min(job.Height, region.Bottom + margin) - top);
        return [around, (region with { X = region.X - left, Y = region.Y - top }).Scaled(first)];
    }

    private static async ValueTask WriteAsync(PipeWriter writer, ReadOnlyMemory<byte> rows, CancellationToken cancellationToken) =>
        await writer.WriteAsync(rows, cancellationToken);

    private static async ValueTask ReadAsync(PipeReader reader, Memory<byte> rows, CancellationToken cancellationToken)
    {
        while (rows.Length > 0)
        {
            var buffer = (await reader.ReadAsync(cancellationToken)).Buffer;
            buffer = buffer.Slice(0, Math.Min(buffer.Length, rows.Length));
            buffer.CopyTo(rows.Span);
            rows = rows[(int)buffer.Length..];
            reader.AdvanceTo(buffer.End);
        }
    }
}
