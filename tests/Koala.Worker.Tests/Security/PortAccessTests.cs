using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using Koala.Protocol.V1;
using Koala.TestFiles;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Koala.Worker.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Koala.Worker.Tests.Security;

/// <summary>Who gets in at a port, over real TLS on this machine.</summary>
public sealed class PortAccessTests : IDisposable
{
    private const string Token = "a-token-of-the-tests";

    private readonly TestFolder _folder = new();
    private readonly int _port = FreePort();
    private readonly string _certificate;
    private readonly List<GrpcChannel> _channels = [];
    private readonly RecordedLog _log = new();

    public PortAccessTests() => TestCertificates.WriteSelfSigned(_certificate = _folder.File("worker.pem"));

    public void Dispose()
    {
        _channels.ForEach(channel => channel.Dispose());
        _folder.Dispose();
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Call_WithoutTheToken_IsUnauthenticatedAndTellsNothing()
    {
        await using var worker = await StartAsync(new SecurityOptions { Certificate = _certificate, Token = AccessToken.Parse(Token) });
        foreach (var headers in (Metadata[])[[], Bearer("another-token-of-16"), new Metadata { { "authorization", Token } }, Bearer("")])
        {
            var channel = Connect();
            var problem = await Assert.ThrowsAsync<RpcException>(() => StatusAsync(channel, headers));
            Assert.Equal(StatusCode.Unauthenticated, problem.StatusCode);
            Assert.Contains("token", problem.Status.Detail, StringComparison.Ordinal);

            using var reflection = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(headers);
            problem = await Assert.ThrowsAsync<RpcException>(() => reflection.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(StatusCode.Unauthenticated, problem.StatusCode);

            using var upscale = new Upscaler.UpscalerClient(channel).Upscale(headers);
            problem = await Assert.ThrowsAsync<RpcException>(() => upscale.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(StatusCode.Unauthenticated, problem.StatusCode);
        }
        // What balances load may ask whether the worker serves, and no more.
        var health = await new Health.HealthClient(Connect()).CheckAsync(new HealthCheckRequest());
        Assert.NotEqual(HealthCheckResponse.Types.ServingStatus.ServiceUnknown, health.Status);
        Assert.Contains("Refused 127.0.0.1 at /koala.v1.Upscaler/GetStatus: no token, or another one", _log.Lines);
        Assert.All(_log.Lines, line => Assert.DoesNotContain(Token, line, StringComparison.Ordinal));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Call_WithTheToken_IsServed()
    {
        await using var worker = await StartAsync(new SecurityOptions { Certificate = _certificate, Token = AccessToken.Parse(Token) });
        var channel = Connect();
        Assert.Equal(Environment.ProcessId, (await StatusAsync(channel, Bearer(Token))).ProcessId);
        using var reflection = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(Bearer(Token));
        await reflection.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        Assert.True(await reflection.ResponseStream.MoveNext(CancellationToken.None));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Call_WithoutTheTokenAtTheWorkersOwnSocket_IsServed()
    {
        var socket = _folder.Endpoint();
        await using var worker = await StartAsync(new SecurityOptions { Certificate = _certificate, Token = AccessToken.Parse(Token) }, socket);
        var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { ConnectCallback = (_, token) => EndpointProbe.ConnectAsync(socket, token) },
        });
        _channels.Add(channel);
        Assert.Equal(Environment.ProcessId, (await StatusAsync(channel, [])).ProcessId);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Certificate_Renewed_IsShownToNewConnections()
    {
        await using var worker = await StartAsync(new SecurityOptions { Certificate = _certificate });
        using (var pem = X509CertificateLoader.LoadCertificateFromFile(_certificate))
            Assert.Equal(pem.Thumbprint, await ShownAsync());
        var renewed = TestCertificates.WriteSelfSigned(_certificate);
        Assert.Equal(renewed, await ShownAsync());

        // Half a file, as it may be for a moment, or for good: the former certificate stays.
        File.WriteAllText(_certificate, File.ReadAllText(_certificate)[..200]);
        Assert.Equal(renewed, await ShownAsync());
        File.Delete(_certificate);
        Assert.Equal(renewed, await ShownAsync());
        Assert.Contains(_log.Lines, line => line.StartsWith("The renewed certificate cannot be used", StringComparison.Ordinal));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task ClientCertificate_OfTheAuthority_IsNeeded()
    {
        TestCertificates.WriteSelfSigned(_folder.File("ca.pem"));
        TestCertificates.WriteSelfSigned(_folder.File("other-ca.pem"));
        TestCertificates.WriteSigned(_folder.File("client.pem"), _folder.File("ca.pem"));
        TestCertificates.WriteSigned(_folder.File("stranger.pem"), _folder.File("other-ca.pem"));
        await using var worker = await StartAsync(new SecurityOptions { Certificate = _certificate, ClientAuthority = _folder.File("ca.pem") });

        Assert.Equal(Environment.ProcessId, (await StatusAsync(Connect("client.pem"), [])).ProcessId);
        foreach (var other in (string?[])[null, "stranger.pem"])
            Assert.NotEqual(StatusCode.OK, (await Assert.ThrowsAsync<RpcException>(() => StatusAsync(Connect(other), []))).StatusCode);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_CertificateThatCannotBeUsed_IsAStartException()
    {
        File.WriteAllText(_certificate, "no certificate");
        foreach (var file in (string[])[_certificate, _folder.File("none.pem")])
        {
            var problem = await Assert.ThrowsAsync<StartException>(() => StartAsync(new SecurityOptions { Certificate = file }));
            Assert.Equal(ExitCode.Usage, problem.ExitCode);
            Assert.Contains("certificate cannot be used", problem.Message, StringComparison.Ordinal);
        }
    }

    private async Task<WorkerHost> StartAsync(SecurityOptions security, params ListenEndpoint[] more)
    {
        var options = new WorkerOptions
        {
            Listen = [new ListenEndpoint.Encrypted(new IPEndPoint(IPAddress.Loopback, _port)), .. more],
            Security = security,
        };
        Assert.Empty(options.Validate());
        return await WorkerHost.StartAsync(options, services => services
            .AddLogging(logging => logging.ClearProviders().AddProvider(_log))
            .AddSingleton<IInferenceEngine>(new FakeEngine()));
    }

    private GrpcChannel Connect(string? clientCertificate = null)
    {
        var tls = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            },
        };
        tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(_certificate);
        if (clientCertificate is not null)
            tls.ClientCertificates = [X509Certificate2.CreateFromPemFile(_folder.File(clientCertificate), _folder.File(clientCertificate))];
        var channel = GrpcChannel.ForAddress(
            $"https://127.0.0.1:{_port}", new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { SslOptions = tls }, DisposeHttpClient = true });
        _channels.Add(channel);
        return channel;
    }

    /// <summary>Thumbprint of the certificate that a new connection sees.</summary>
    private async Task<string> ShownAsync()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _port);
#pragma warning disable CA5359 // To look at the certificate is what this is for.
        await using var tls = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync("localhost");
        return ((X509Certificate2)tls.RemoteCertificate!).Thumbprint;
    }

    private static Task<GetStatusResponse> StatusAsync(GrpcChannel channel, Metadata headers) =>
        new Upscaler.UpscalerClient(channel).GetStatusAsync(new GetStatusRequest(), headers).ResponseAsync;

    private static Metadata Bearer(string token) => new() { { "authorization", $"Bearer {token}" } };

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Everything that is logged, at every level.</summary>
    private sealed class RecordedLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
