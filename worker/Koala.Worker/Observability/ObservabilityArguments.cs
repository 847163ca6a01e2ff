using System.CommandLine;
using Koala.Worker.Hosting;

namespace Koala.Worker.Observability;

/// <summary>The options of the command line that say to whom the worker tells what it does.</summary>
internal sealed class ObservabilityArguments
{
    private readonly Option<string> _metrics = new("--metrics")
    {
        Description = "Serve metrics for Prometheus at this endpoint's /metrics: http://127.0.0.1:PORT or https://ADDRESS:PORT [default: nowhere]",
        HelpName = "endpoint",
    };

    private readonly Option<string> _statusPage = new("--status-page")
    {
        Description = "Serve a page for browsers that shows what the worker does and lets pictures be tried out: http://127.0.0.1:PORT or "
            + "https://ADDRESS:PORT, perhaps that of --metrics [default: nowhere]",
        HelpName = "endpoint",
    };

    private readonly Option<string> _otlp = new("--otlp")
    {
        Description = "Send traces and metrics by OTLP to this collector, such as http://127.0.0.1:4317; OpenTelemetry's other variables hold too "
            + $"[default: {Telemetry.EndpointVariable} if set, else nowhere]",
        HelpName = "url",
    };

    private readonly Option<string> _logFormat = new Option<string>("--log-format")
    {
        Description = "Format of the log's lines",
        DefaultValueFactory = _ => "text",
    }.AcceptOnlyFromAmong("text", "json");

    public void AddTo(RootCommand root)
    {
        foreach (var option in (Option[])[_metrics, _statusPage, _otlp, _logFormat])
            root.Options.Add(option);
    }

    /// <summary>The options, with these set.</summary>
    public WorkerOptions Read(ParseResult parsed, WorkerOptions options, List<string> problems) => options with
    {
        Metrics = ReadEndpoint(parsed, _metrics, problems),
        StatusPage = ReadEndpoint(parsed, _statusPage, problems),
        Otlp = ReadCollector(parsed, problems),
        JsonLog = parsed.GetValue(_logFormat) == "json",
    };

    private static ListenEndpoint? ReadEndpoint(ParseResult parsed, Option<string> option, List<string> problems) =>
        parsed.GetValue(option) is { } text ? ListenEndpoint.Parse(option.Name, text, problems) : null;

    private Uri? ReadCollector(ParseResult parsed, List<string> problems)
    {
        var option = parsed.GetValue(_otlp);
        var text = option ?? Environment.GetEnvironmentVariable(Telemetry.EndpointVariable);
        if (string.IsNullOrEmpty(text) && option is null)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url!.Scheme is "http" or "https")
            return url;
        problems.Add($"{(option is null ? Telemetry.EndpointVariable : _otlp.Name)}: expected http://HOST:PORT or https://HOST:PORT, got '{text}'");
        return null;
    }
}
