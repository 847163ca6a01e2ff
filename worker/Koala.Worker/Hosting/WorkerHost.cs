using System.Net.Sockets;
using Koala.Worker.Batching;
using Koala.Worker.Inference;
using Koala.Worker.Observability;
using Koala.Worker.Page;
using Koala.Worker.Security;
using Koala.Worker.Service;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Console;
using Upscaler = Koala.Protocol.V1.Upscaler;

namespace Koala.Worker.Hosting;

/// <summary>A worker that listens.</summary>
internal sealed partial class WorkerHost : IAsyncDisposable
{
    private readonly List<SocketClaim> _claims = [];
    private WebApplication? _app;

    private WorkerHost()
    {
    }

    public IServiceProvider Services => _app!.Services;

    /// <summary>Listens on every endpoint, then loads the models in the background.</summary>
    /// <param name="options">Valid ones.</param>
    /// <param name="configure">Replaces services before they are built.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <exception cref="StartException">An endpoint cannot be used.</exception>
    public static async Task<WorkerHost> StartAsync(
        WorkerOptions options, Action<IServiceCollection>? configure = null, CancellationToken cancellationToken = default)
    {
        var host = new WorkerHost();
        try
        {
            foreach (var endpoint in options.Listen.OfType<ListenEndpoint.UnixSocket>())
            {
                if (OperatingSystem.IsLinux())
                    host._claims.Add(await SocketClaim.TakeAsync(endpoint));
            }
            if (OperatingSystem.IsLinux() && options.Listen.OfType<ListenEndpoint.Inherited>().Any())
                InheritedSockets.Check();
            host._app = Build(options, configure);
            await host.ListenAsync(options, cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns one of <see cref="ExitCode"/> once the worker has stopped.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _app!.WaitForShutdownAsync();
        return Services.GetRequiredService<WorkerLifecycle>().Problem.Length > 0 ? ExitCode.CannotCompute : ExitCode.Ok;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            // Not only after WaitForExitAsync: a start that failed half-way, too, has threads to end.
            if (!_app.Lifetime.ApplicationStopped.IsCancellationRequested)
                await _app.StopAsync();
            await _app.DisposeAsync();
        }
        foreach (var claim in _claims)
        {
            if (OperatingSystem.IsLinux())
                claim.Dispose();
        }
    }

    private async Task ListenAsync(WorkerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await _app!.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            // Kestrel's text names the endpoint; ask the first of ours that is named in it who sits there.
            var taken = options.Listen.Concat(options.Watched).FirstOrDefault(l => e.Message.Contains(AddressOf(l), StringComparison.Ordinal));
            throw taken is null
                ? new StartException(ExitCode.EndpointTaken, e.Message, e)
                : await EndpointProbe.DescribeAsync(taken);
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            throw new StartException(ExitCode.EndpointTaken, $"cannot listen: {e.Message}", e);
        }
        var logger = Services.GetRequiredService<ILogger<WorkerHost>>();
        foreach (var endpoint in options.Listen)
            LogListening(logger, endpoint);
        if (options.Metrics is not null)
            LogMetrics(logger, options.Metrics);
        if (options.StatusPage is not null)
            LogStatusPage(logger, options.StatusPage);
        if (options.Otlp is not null)
            LogOtlp(logger, options.Otlp);
    }

    private static string AddressOf(ListenEndpoint endpoint) => endpoint switch
    {
        ListenEndpoint.UnixSocket(var path) => path,
        ListenEndpoint.NamedPipe(var name) => name,
        ListenEndpoint.Loopback(var address) => address.ToString(),
        ListenEndpoint.Encrypted(var address) => address.ToString(),
        _ => endpoint.ToString(),
    };

    private static WebApplication Build(WorkerOptions options, Action<IServiceCollection>? configure)
    {
        // Empty: no settings files or variables of ASP.NET reach in.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            Listen(kestrel, options.Listen, HttpProtocols.Http2);
            // Browsers and what gathers metrics speak HTTP/1.1, and find no other service there: those need HTTP/2.
            Listen(kestrel, options.Watched, HttpProtocols.Http1);
        });
        AddTransports(builder);
        AddLogging(builder.Logging, options.JsonLog);
        AddServices(builder.Services, options);
        AddGrpc(builder.Services, options.Limits);
        Telemetry.AddTo(builder, options);
        configure?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseMiddleware<AccessControl>();
        if (options.StatusPage is not null)
            app.UseMiddleware<StatusPage>();
        app.UseRouting();
        app.MapGrpcService<UpscalerService>();
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        if (options.Metrics is not null)
            app.MapPrometheusScrapingEndpoint();
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, IEnumerable<ListenEndpoint> endpoints, HttpProtocols protocols)
    {
        foreach (var endpoint in endpoints)
        {
            switch (endpoint)
            {
                case ListenEndpoint.UnixSocket(var path):
                    kestrel.ListenUnixSocket(path, listen => listen.Protocols = protocols);
                    break;
                case ListenEndpoint.Inherited when OperatingSystem.IsLinux():
                    InheritedSockets.Listen(kestrel, protocols);
                    break;
                case ListenEndpoint.NamedPipe(var name):
                    kestrel.ListenNamedPipe(name, listen => listen.Protocols = protocols);
                    break;
                case ListenEndpoint.Loopback(var address):
                    kestrel.Listen(address, listen =>
                    {
                        listen.Protocols = protocols;
                        AccessControl.MarkPort(listen);
                    });
                    break;
                case ListenEndpoint.Encrypted(var address):
                    kestrel.Listen(address, listen =>
                    {
                        listen.Protocols = protocols;
                        AccessControl.MarkPort(listen);
                        listen.UseHttps(kestrel.ApplicationServices.GetRequiredService<CertificateFiles>().ForKestrel());
                    });
                    break;
            }
        }
    }

    private static void AddTransports(WebApplicationBuilder builder)
    {
        if (OperatingSystem.IsWindows())
        {
            builder.WebHost.UseNamedPipes(pipes => pipes.CurrentUserOnly = true);
            return;
        }
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            // Between bind and listen: at no time could another user have connected.
            if (endpoint is UnixDomainSocketEndPoint && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(endpoint.ToString()!, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return socket;
        });
    }

    private static void AddLogging(ILoggingBuilder logging, bool json)
    {
        logging.AddConsole(console =>
        {
            console.FormatterName = json ? ConsoleFormatterNames.Json : LogLine.FormatterName;
            // Standard output stays free for whatever starts the worker.
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        }).AddConsoleFormatter<LogLine, ConsoleFormatterOptions>();
        logging.Services.Configure<JsonConsoleFormatterOptions>(format =>
        {
            format.UseUtcTimestamp = true;
            format.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
        logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Koala", LogLevel.Information);
        // What keeps a host from starting ends as one line of the command, not as their stack traces.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.None);
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
    }

    private static void AddServices(IServiceCollection services, WorkerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.Batching);
        services.AddSingleton(options.Limits);
        services.AddSingleton(options.Engine);
        services.AddSingleton(options.Security);
        services.AddSingleton<CertificateFiles>();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<WorkerLifecycle>();
        services.AddSingleton<WorkerMetrics>();
        services.AddSingleton<WorkerTraces>();
        services.AddSingleton<TileCounts>();
        services.AddSingleton(new BatchQueue(options.Batching.QueuePixels));
        services.AddSingleton<StreamGate>();
        services.AddSingleton<LoadedModels>();
        services.AddSingleton<TryOut>();
        services.AddSingleton<LiveStatusSource>();
        services.AddSingleton(new MemoryLimit(options.Limits, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes));
        services.AddSingleton<BatchRunner>();
        services.AddSingleton(provider => new ModelFolder(
            options.Engine.Models, provider.GetRequiredService<ILogger<ModelFolder>>()));
        services.TryAddSingleton<IInferenceEngine, TorchEngine>();
        services.AddHostedService<Drain>();
        services.AddHostedService<SystemdNotice>();
        // Does nothing but where Windows' service manager started the process.
        services.AddWindowsService(service => service.ServiceName = "koala-worker");
        services.AddHostedService<DeviceThread>();
        services.AddHostedService<ModelWatch>();
        // The drain, then what Kestrel and the batch at work need to end.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = Drain.Limit + TimeSpan.FromSeconds(20));
    }

    private static void AddGrpc(IServiceCollection services, ServiceLimits limits)
    {
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = limits.MaxMessageBytes;
            grpc.MaxSendMessageSize = null;
        }).AddServiceOptions<UpscalerService>(grpc => grpc.Interceptors.Add<ErrorMapping>());
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks(health => health.Services.Map(Upscaler.Descriptor.FullName, _ => true))
            .AddCheck<ReadinessCheck>("worker");
        // How late one who watches the health service learns of a change.
        services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            publisher.Delay = TimeSpan.Zero;
            publisher.Period = TimeSpan.FromSeconds(5);
        });
    }

    [LoggerMessage(LogLevel.Information, "Metrics at {Endpoint}/metrics")]
    private static partial void LogMetrics(ILogger logger, ListenEndpoint endpoint);

    [LoggerMessage(LogLevel.Information, "Status page at {Endpoint}")]
    private static partial void LogStatusPage(ILogger logger, ListenEndpoint endpoint);

    [LoggerMessage(LogLevel.Information, "Traces and metrics to {Endpoint}")]
    private static partial void LogOtlp(ILogger logger, Uri endpoint);

    [LoggerMessage(LogLevel.Information, "Listening on {Endpoint}")]
    private static partial void LogListening(ILogger logger, ListenEndpoint endpoint);
}
