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

    /// <summary>Where the status page is served: http on this machine or https; may be where the metrics are. Default (null): nowhere.</summary>
    public ListenEndpoint? StatusPage { get; init; }

    /// <summary>Where traces and metrics are sent by OTLP, http or https. Default (null): nowhere.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>Whether the log has an object of JSON a line. Default: no, text.</summary>
    public bool JsonLog { get; init; }

    public SecurityOptions Security { get; init; } = new();

    /// <summary>The endpoints that browsers and what gathers metrics connect to, in HTTP/1.1.</summary>
    public IReadOnlyList<ListenEndpoint> Watched => [.. new[] { Metrics, StatusPage }.OfType<ListenEndpoint>().Distinct()];

    public TimeSpan IdleTimeout => TimeSpan.FromMinutes(IdleTimeoutMinutes);

    /// <summary>Everything that is out of range, a line each.</summary>
    public IEnumerable<string> Validate()
    {
        // Written such that NaN is refused too.
        if (!(IdleTimeoutMinutes is >= 0 and <= 7 * 24 * 60))
            yield return $"--idle-timeout: expected 0 to 10080 minutes, got {IdleTimeoutMinutes}";
        foreach (var problem in ValidateWatched("--metrics", Metrics).Concat(ValidateWatched("--status-page", StatusPage)))
            yield return problem;
        if (Metrics is not null && StatusPage is not null && Metrics != StatusPage && Metrics.Port == StatusPage.Port)
            yield return $"--status-page: expected the endpoint of --metrics or another port, got {StatusPage}";
        foreach (var problem in Engine.Validate().Concat(Batching.Validate()).Concat(Limits.Validate()).Concat(Security.Validate([.. Listen, .. Watched])))
            yield return problem;
    }

    private IEnumerable<string> ValidateWatched(string option, ListenEndpoint? endpoint)
    {
        if (endpoint is null)
            yield break;
        if (endpoint.Port is null)
            yield return $"{option}: expected http://127.0.0.1:PORT or https://ADDRESS:PORT, got '{endpoint}'";
        else if (Listen.Any(listen => listen.Port == endpoint.Port))
            yield return $"{option}: expected another port than --listen, got {endpoint}";
    }
}
