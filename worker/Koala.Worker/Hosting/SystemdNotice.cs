using Koala.Worker.Inference;
using Microsoft.Extensions.Hosting.Systemd;

namespace Koala.Worker.Hosting;

/// <summary>Tells systemd, where that started the worker and waits for it (Type=notify), that models are loaded, and that it leaves.</summary>
internal sealed class SystemdNotice(WorkerLifecycle lifecycle) : BackgroundService
{
    private readonly SystemdNotifier _systemd = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await lifecycle.Ready.WaitAsync(stoppingToken);
            _systemd.Notify(ServiceState.Ready);
        }
        catch (Exception e) when (e is OperationCanceledException or ModelNotFoundException or WorkerStoppingException)
        {
            // Never ready: the exit code says it.
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _systemd.Notify(ServiceState.Stopping);
        return base.StopAsync(cancellationToken);
    }
}
