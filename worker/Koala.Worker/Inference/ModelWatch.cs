using Koala.Worker.Batching;

namespace Koala.Worker.Inference;

/// <summary>Lets the device's thread look at the models' folder from time to time.</summary>
internal sealed class ModelWatch(EngineOptions options, BatchQueue queue, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.ReloadSeconds == 0)
            return;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.ReloadSeconds), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                queue.Interrupt();
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }
}
