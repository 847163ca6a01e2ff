using System.Collections.Concurrent;
using System.Globalization;
using Koala.Client;
using static Koala.Gimp210.Native.LibGegl;
using static Koala.Gimp210.Native.LibGimp;

namespace Koala.Gimp210;

/// <summary>
/// Sends a part of a layer to a worker. libgimp is not thread-safe: the job runs on the pool and hands what it needs of GIMP to the main
/// thread, which does nothing else meanwhile.
/// </summary>
internal sealed class Exchange(LayerPixels pixels, int layer, Rectangle part, int scale, bool sameSize, Settings settings) : IProgress<UpscaleProgress>
{
    private readonly BlockingCollection<Action> _forMainThread = [];

    /// <summary>A buffer of the result, which belongs to no image yet.</summary>
    /// <exception cref="KoalaException">The worker could not do it.</exception>
    /// <exception cref="PlugInException">There is no worker, and no client to start one.</exception>
    public nint Run()
    {
        _ = ProgressInit("Koala");
        var factor = sameSize ? 1 : scale;
        var source = DrawableGetBuffer(layer);
        var result = pixels.NewBuffer(part.Width * factor, part.Height * factor);
        try
        {
            var job = Task.Run(() => WorkAsync(source, result, part.Width * factor));
            job.ContinueWith(_ => _forMainThread.CompleteAdding(), TaskScheduler.Default);
            foreach (var action in _forMainThread.GetConsumingEnumerable())
                action();
            job.GetAwaiter().GetResult();
            BufferFlush(result);
            return result;
        }
        catch
        {
            Unref(result);
            throw;
        }
        finally
        {
            Unref(source);
            _ = ProgressEnd();
        }
    }

    /// <inheritdoc/>
    public void Report(UpscaleProgress value) => _forMainThread.Add(() =>
    {
        if (value.Remaining is { } left)
            _ = ProgressSetText(string.Create(CultureInfo.InvariantCulture, $"Koala: about {left.TotalSeconds:0} s left"));
        _ = ProgressUpdate(value.Fraction);
    });

    private async Task WorkAsync(nint source, nint result, int resultWidth)
    {
        var address = WorkerAddress.Default;
        void Show(string text) => _forMainThread.Add(() => _ = ProgressSetText(text));
        await using var client = new KoalaClient(address)
        {
            Recovery = new WorkerRecovery { RestartBy = _ => WorkerStart.StartAsync(), Report = Show },
        };
        await WorkerStart.EnsureRunningAsync(client, Show);
        await client.UpscaleLayerAsync(
            new LayerJob
            {
                Width = part.Width,
                Height = part.Height,
                Format = pixels.Format,
                Scale = scale,
                SameSize = sameSize,
                Strength = settings.Strength,
                KeepBlur = settings.KeepBlur,
                ReadRows = (y, count, rows, _) => OnMainThreadAsync(() => pixels.Read(source, new Rectangle(part.X, part.Y + y, part.Width, count), rows.Span)),
                WriteRows = (y, count, rows, _) => OnMainThreadAsync(() => pixels.Write(result, new Rectangle(0, y, resultWidth, count), rows.Span)),
            },
            this);
    }

    private async ValueTask OnMainThreadAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _forMainThread.Add(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
#pragma warning disable CA1031 // It belongs to the job, which waits for it.
            catch (Exception error)
#pragma warning restore CA1031
            {
                done.SetException(error);
            }
        });
        await done.Task;
    }
}
