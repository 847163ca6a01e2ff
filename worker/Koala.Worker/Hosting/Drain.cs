namespace Koala.Worker.Hosting;

/// <summary>
/// On the way out, lets open streams finish while the worker still answers: before Kestrel stops, which would turn away
/// status calls too.
/// </summary>
internal sealed class Drain(WorkerLifecycle lifecycle) : IHostedLifecycleService
{
    /// <summary>Time that open streams have to finish.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public Task StoppingAsync(CancellationToken cancellationToken) => lifecycle.DrainAsync(Limit, cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
