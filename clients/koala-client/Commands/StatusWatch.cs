using System.Diagnostics;
using System.Globalization;

namespace Koala.Client.CommandLine.Commands;

/// <summary>Tells again and again how busy a worker is, until it is stopped; a worker that is gone is waited for.</summary>
/// <param name="client">The worker.</param>
/// <param name="output">Where the lines go.</param>
internal sealed class StatusWatch(KoalaClient client, TextWriter output)
{
    private WorkerStatus? _before;
    private long _beforeAt;

    /// <param name="interval">Time from one line to the next.</param>
    /// <param name="lines">Lines after which it ends; null for never.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(TimeSpan interval, int? lines, CancellationToken cancellationToken)
    {
        output.WriteLine("time      state     tiles waiting   megapixels   open jobs   tiles/s   finished   failed");
        for (var line = 1; lines is null || line <= lines; line++)
        {
            output.WriteLine($"{DateTime.Now:HH:mm:ss}  {await LineAsync(cancellationToken)}");
            if (line != lines)
                await Task.Delay(interval, cancellationToken);
        }
    }

    private async Task<string> LineAsync(CancellationToken cancellationToken)
    {
        try
        {
            var status = await client.GetStatusAsync(cancellationToken);
            var (load, pace) = (status.Load, Pace(status));
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{status.State.ToString().ToLowerInvariant(),-9} {load.WaitingTiles,13}   {load.WaitingPixels / 1e6,10:0.00}   {load.OpenJobs,9}   "
                + $"{pace,7:0.0}   {load.FinishedTiles,8}   {load.FailedTiles,6}");
        }
        catch (KoalaException error) when (error.IsTransient)
        {
            _before = null;
            return "no worker answers";
        }
    }

    /// <summary>Tiles per second since the line before.</summary>
    private double Pace(WorkerStatus status)
    {
        var (before, beforeAt) = (_before, _beforeAt);
        (_before, _beforeAt) = (status, Stopwatch.GetTimestamp());
        // Another process counts from zero.
        return before is null || before.ProcessId != status.ProcessId
            ? 0
            : (status.Load.FinishedTiles - before.Load.FinishedTiles) / Stopwatch.GetElapsedTime(beforeAt).TotalSeconds;
    }
}
