using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Koala.Protocol.V1;
using Koala.TestFiles;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Koala.Worker.Page;
using Koala.Worker.Security;

namespace Koala.Worker.Tests.Page;

/// <summary>What the status page's port answers, and to whom.</summary>
public sealed class StatusPageTests : IDisposable
{
    private readonly int _port = FreePort.Find();
    private readonly HttpClient _http;

    public StatusPageTests() => _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}") };

    public void Dispose() => _http.Dispose();

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Page_Files_LetNothingOfOthersIn()
    {
        await using var worker = await StartAsync(new FakeEngine());
        foreach (var (path, type) in ((string, string)[])[("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript"), ("/try-out.js", "text/javascript"), ("/icon.svg", "image/svg+xml")])
        {
            using var answer = await _http.GetAsync(path);
            Assert.Equal((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            // Nothing of another place, and no script or style in the text.
            Assert.DoesNotMatch(@"(src|href)=""https?:|<script>|<style|style=|\son[a-z]+=""", await answer.Content.ReadAsStringAsync());
        }
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/other")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/try")).StatusCode);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Status_AfterWork_TellsOfIt()
    {
        await using var worker = await StartAsync(new FakeEngine());
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using (stream)
        {
            await stream.SendAsync(TestStream.Plain(1, 4, 1));
            await stream.SendAsync(new Tile { Id = 2 });
            await stream.FinishAsync();
        }
        LiveStatus status;
        do
            status = (await _http.GetFromJsonAsync<LiveStatus>("/status"))!;
        while (status.ComputedPixels == 0);
        Assert.Equal(("fake", "Ready", 1L, 1L, 16L), (status.Device, status.State, status.FinishedTiles, status.FailedTiles, status.ComputedPixels));
        Assert.Equal(new LiveModel("fake-x4", 4, 8, "", "repeats"), Assert.Single(status.Models));
        // A tile of 64 pixels, less the halo on both sides.
        Assert.Equal(48, status.TryOutSide);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Try_Picture_ComesBackEnlargedAndItsEdgesWereContinued()
    {
        var engine = new FakeEngine();
        await using var worker = await StartAsync(engine);
        await worker.UntilReadyAsync();
        byte[] rgb = [10, 20, 30, 40, 50, 60];
        using var answer = await TryAsync(rgb, 2, 1);
        Assert.Equal((HttpStatusCode.OK, "fake-x4"), (answer.StatusCode, Assert.Single(answer.Headers.GetValues("Koala-Model"))));
        Assert.Matches(@"^queue;dur=[\d.]+, compute;dur=[\d.]+$", Assert.Single(answer.Headers.GetValues("Server-Timing")));
        var row = Enumerable.Repeat(rgb[..3], 4).Concat(Enumerable.Repeat(rgb[3..], 4)).SelectMany(pixel => pixel).ToArray();
        Assert.Equal(Enumerable.Repeat(row, 4).SelectMany(bytes => bytes), await answer.Content.ReadAsByteArrayAsync());

        var (key, tiles) = Assert.Single(engine.Batches);
        Assert.Equal((20, 20), (key.Width, key.Height));
        // ... 2 2 1 1 [1 2] 2 1 1 2 2 …: by reflection, again and again, to the end of the network's grid.
        var reds = Enumerable.Range(0, 20).Select(x => (int)tiles[0].Pixels.Span[3 * (5 * 20 + x)]);
        Assert.Equal([10, 40, 40, 10, 10, 40, 40, 10, 10, 40, 40, 10, 10, 40, 40, 10, 10, 40, 40, 10], reds);
    }

    [Theory(Timeout = TestWorker.Timeout)]
    [InlineData("scale=4&width=49&height=1", 147, "application/octet-stream", 400, "1 to 48 pixels, got 49x1")]
    [InlineData("scale=4&width=0&height=1", 0, "application/octet-stream", 400, "got 0x1")]
    [InlineData("scale=4&width=2000000000&height=2000000000", 3, "application/octet-stream", 400, "1 to 48 pixels")]
    [InlineData("scale=4&width=1", 3, "application/octet-stream", 400, "height: expected a whole number")]
    [InlineData("scale=4&width=2&height=1", 7, "application/octet-stream", 400, "expected 6 bytes, got 7")]
    [InlineData("scale=4&width=2&height=1", 6, "text/plain", 400, "expected application/octet-stream, got 'text/plain'")]
    [InlineData("scale=3&width=2&height=1", 6, "application/octet-stream", 404, "no model for scale 3")]
    public async Task Try_SomethingElse_IsRefusedInWords(string query, int bytes, string type, int status, string problem)
    {
        var engine = new FakeEngine();
        await using var worker = await StartAsync(engine);
        await worker.UntilReadyAsync();
        using var content = new ByteArrayContent(new byte[bytes]);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var answer = await _http.PostAsync($"/try?{query}", content);
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.Contains(problem, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(engine.Batches);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Try_BeforeTheModelsAreLoaded_IsToldToWait()
    {
        var engine = new FakeEngine();
        engine.Loading.Reset();
        await using var worker = await StartAsync(engine);
        var status = (await _http.GetFromJsonAsync<LiveStatus>("/status"))!;
        Assert.Equal(("Starting", 0), (status.State, status.TryOutSide));
        using var answer = await TryAsync(new byte[3], 1, 1);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("no model yet", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Try_DeviceFails_SaysSoAndIsCounted()
    {
        await using var worker = await StartAsync(new FakeEngine { Compute = (_, _) => throw new InvalidOperationException("odd") });
        await worker.UntilReadyAsync();
        using var answer = await TryAsync(new byte[3], 1, 1);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("the network could not be computed: odd", await answer.Content.ReadAsStringAsync());
        Assert.Equal(1ul, (await worker.StatusAsync()).Queue.FailedTiles);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Try_BrowserLeaves_TakesItsTileOutOfTheQueue()
    {
        var engine = new FakeEngine();
        engine.Running.Reset();
        await using var worker = await StartAsync(engine);
        await worker.UntilReadyAsync();
        var first = TryAsync(new byte[3], 1, 1);
        await engine.Entered.WaitAsync();
        using var leaving = new CancellationTokenSource();
        var second = TryAsync(new byte[3], 1, 1, leaving.Token);
        await worker.UntilAsync(status => status.Queue.WaitingTiles == 1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await worker.UntilAsync(status => status.Queue is { WaitingTiles: 0, OpenStreams: 1 });
        engine.Running.Set();
        using var answer = await first;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Single(engine.Batches);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Page_AnotherNameForThisMachine_IsRefused()
    {
        await using var worker = await StartAsync(new FakeEngine());
        foreach (var (host, expected) in ((string, HttpStatusCode)[])[("localhost", HttpStatusCode.OK), ("[::1]", HttpStatusCode.OK), ("evil.example", HttpStatusCode.Forbidden), ("10.0.0.1", HttpStatusCode.Forbidden)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { Host = $"{host}:{_port}" } };
            Assert.Equal(expected, (await _http.SendAsync(request)).StatusCode);
        }
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Page_OtherPorts_DoNotHaveIt()
    {
        var metrics = FreePort.Find();
        await using var worker = await StartAsync(new FakeEngine(), o => o with { Metrics = ListenEndpoint.Parse($"http://127.0.0.1:{metrics}") });
        foreach (var path in (string[])["/", "/status", "/page.js"])
            Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync($"http://127.0.0.1:{metrics}{path}")).StatusCode);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Page_WhereTheMetricsAre_LeavesThemThere()
    {
        await using var worker = await StartAsync(new FakeEngine(), o => o with { Metrics = o.StatusPage });
        Assert.Contains("koala_ready", await _http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains("<title>Koala worker</title>", await _http.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Page_ForOtherMachines_TakesTheTokenAsAPassword()
    {
        using var folder = new TestFolder();
        TestCertificates.WriteSelfSigned(folder.File("worker.pem"));
        await using var worker = await StartAsync(new FakeEngine(), o => o with
        {
            StatusPage = new ListenEndpoint.Encrypted(new IPEndPoint(IPAddress.Loopback, _port)),
            Security = new SecurityOptions { Certificate = folder.File("worker.pem"), Token = AccessToken.Parse("a-token-of-the-tests") },
        });
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=localhost" };
        using var http = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{_port}") };
        foreach (var password in (string?[])[null, "", "another-token-of-16", "name:a-token-of-the-tests"])
        {
            http.DefaultRequestHeaders.Authorization = password is null ? null : Basic(password);
            using var refused = await http.GetAsync("/");
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            // Which lets a browser ask.
            Assert.Contains(refused.Headers.WwwAuthenticate, challenge => challenge.Scheme == "Basic");
        }
        http.DefaultRequestHeaders.Authorization = Basic("a-token-of-the-tests");
        Assert.Contains("<title>", await http.GetStringAsync("/"), StringComparison.Ordinal);

        static AuthenticationHeaderValue Basic(string password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"koala:{password}")));
    }

    private Task<HttpResponseMessage> TryAsync(byte[] rgb, int width, int height, CancellationToken cancellationToken = default)
    {
        var content = new ByteArrayContent(rgb) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        return _http.PostAsync($"/try?scale=4&width={width}&height={height}", content, cancellationToken);
    }

    private Task<TestWorker> StartAsync(IInferenceEngine engine, Func<WorkerOptions, WorkerOptions>? change = null)
    {
        var page = ListenEndpoint.Parse($"http://127.0.0.1:{_port}");
        return TestWorker.StartAsync(engine, o => change is null ? o with { StatusPage = page } : change(o with { StatusPage = page }));
    }
}
