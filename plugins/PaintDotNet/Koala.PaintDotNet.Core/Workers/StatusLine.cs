using Koala.Client;

namespace Koala.PaintDotNet.Workers;

/// <summary>What there is to say about the worker, in a line for the dialogs.</summary>
internal static class StatusLine
{
    /// <summary>Asks, and gives up after a time: a dialog that opens must not wait. Never throws but for a cancellation.</summary>
    public static async Task<string> GetAsync(TimeSpan limit, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var client = new KoalaClient(WorkerAddress.Default);
            return Describe(await Task.Run(() => client.GetStatusAsync(cancellationToken), cancellationToken).WaitAsync(limit, cancellationToken));
        }
        catch (KoalaException error) when (error.Kind == KoalaErrorKind.WorkerUnavailable)
        {
            return NotRunning();
        }
        catch (KoalaException error)
        {
            return error.Message;
        }
        catch (TimeoutException)
        {
            return NotRunning();
        }
    }

    private static string Describe(WorkerStatus status) => status.State switch
    {
        WorkerState.Ready => Texts.With(Texts.WorkerReady, status.Version, status.Device, status.DefaultPrecision.ToString().ToLowerInvariant(), status.Load.OpenJobs),
        WorkerState.Failed => Texts.With(Texts.WorkerFailed, status.Problem),
        WorkerState.Stopping => Texts.WorkerStopping,
        _ => Texts.WorkerLoading,
    };

    private static string NotRunning()
    {
        try
        {
            if (!WorkerAddress.Default.IsNetwork)
                _ = WorkerProgram.Find();
            return Texts.WorkerNotRunning;
        }
        catch (KoalaException error)
        {
            return error.Message;
        }
    }
}
