using System.Collections;
using Koala.Worker.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Koala.Worker.Observability;

/// <summary>Where metrics and traces go: fetched by Prometheus, sent by OTLP, or nowhere.</summary>
internal static class Telemetry
{
    /// <summary>The standard's environment variable for what <c>--otlp</c> says.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTo(WebApplicationBuilder builder, WorkerOptions options)
    {
        if (options.Metrics is null && options.Otlp is null)
            return;
        if (options.Otlp is not null)
            AddVariables(builder.Configuration, options.Otlp);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("koala-worker", serviceVersion: WorkerVersion.Text).AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(WorkerMetrics.MeterName);
                if (options.Metrics is not null)
                    metrics.AddPrometheusExporter();
                if (options.Otlp is not null)
                    metrics.AddOtlpExporter();
            });
        if (options.Otlp is not null)
            telemetry.WithTracing(traces => traces.AddSource(WorkerTraces.SourceName).AddOtlpExporter());
    }

    /// <summary>The standard's variables (protocol, headers, sampling, name of the service), and no others.</summary>
    private static void AddVariables(ConfigurationManager configuration, Uri endpoint)
    {
        configuration.AddInMemoryCollection(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value))
            .Where(variable => variable.Key.StartsWith("OTEL_", StringComparison.Ordinal)));
        configuration[EndpointVariable] = endpoint.ToString();
    }
}
