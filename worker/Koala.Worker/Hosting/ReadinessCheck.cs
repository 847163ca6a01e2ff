using Microsoft.Extensions.Diagnostics.HealthChecks;
using State = Koala.Protocol.V1.GetStatusResponse.Types.State;

namespace Koala.Worker.Hosting;

/// <summary>Healthy from the end of the warm-up until the worker stops or fails.</summary>
internal sealed class ReadinessCheck(WorkerLifecycle lifecycle) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(lifecycle.State == State.Ready
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"{lifecycle.State} {lifecycle.Problem}".TrimEnd()));
}
