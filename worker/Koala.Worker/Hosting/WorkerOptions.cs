using Koala.Worker.Batching;
using Koala.Worker.Inference;
using Koala.Worker.Security;
using Koala.Worker.Service;

namespace Koala.Worker.Hosting;

/// <summary>All that a worker is told at its start.</summary>
internal sealed record WorkerOptions
{
    /// <summary>At least one. Default: the user's own socket or pipe.</summary>
    public IReadOnlyList<ListenEndpoint> Listen { get; init; } = [ListenEndpoint.Default];

    /// <summary>Minutes without an open stream after which the worker leaves, 0 to 10080; 0 for never. Default: 10.</summary>
    public double IdleTimeoutMinutes { get; init; } = 10;

    public EngineOptions Engine { get; init; } = new();

    public BatchingOptions Batching { get; init; } = new();

    public ServiceLimits Limits { get; init; } = new();

    /// <summary>Where metrics are served for Prometheus, at /metrics: http on this machine or https. Default (null): nowhere.</summary>
    public ListenEndpoint? Metrics { get; init; }

    /// <summary>Whether the log has an object of JSON a line. Default: no, text.</summary>
    public bool JsonLog { get; init; }

    public SecurityOptions Security { get; init; } = new();

    public TimeSpan IdleTimeout => TimeSpan.FromMinutes(IdleTimeoutMinutes);

    /// <summary>Everything that is out of range, a line each.</summary>
    public IEnumerable<string> Validate()
    {
        // Written such that NaN is refused too.
        if (!(IdleTimeoutMinutes is >= 0 and <= 7 * 24 * 60))
            yield return $"--idle-timeout: expected 0 to 10080 minutes, got {IdleTimeoutMinutes}";
        if (Metrics is not (null or ListenEndpoint.Loopback or ListenEndpoint.Encrypted))
            yield return $"--metrics: expected http://127.0.0.1:PORT or https://ADDRESS:PORT, got '{Metrics}'";
        if (Metrics is not null && Listen.Contains(Metrics))
            yield return $"--metrics: expected another port than --listen, got {Metrics}";
        foreach (var problem in Engine.Validate().Concat(Batching.Validate()).Concat(Limits.Validate()).Concat(Security.Validate(Metrics is null ? Listen : [.. Listen, Metrics])))
            yield return problem;
    }
}
