using System.Diagnostics;
using System.Net;
using System.Text;
using Grpc.Core;
using Koala.Protocol.V1;
using Koala.Worker.Observability;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Koala.Worker.Tests.Observability;

public sealed class TraceTests
{
    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Stream_WithTiles_IsInTheTraceOfItsClient()
    {
        using var client = new Activity("client").SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded).Start();
        var spans = await RecordAsync(client.TraceId, async worker =>
        {
            var (stream, _) = await TestStream.OpenAsync(worker.Client);
            using (stream)
            {
                await stream.SendAsync(TestStream.Plain(1, 4, 1));
                await stream.SendAsync(TestStream.Plain(2, 4, 1));
                await stream.SendAsync(new Tile { Id = 3 });
                await stream.FinishAsync();
            }
        }, expected: 5);

        var ofStream = Assert.Single(spans, span => span.OperationName == "koala.stream");
        Assert.Equal((ActivityKind.Server, true, ActivityStatusCode.Unset), (ofStream.Kind, ofStream.HasRemoteParent, ofStream.Status));
        Assert.Equal(
            ("fake-x4", 4, "Bf16", "Interactive", 3),
            (ofStream.GetTagItem("koala.model"), ofStream.GetTagItem("koala.scale"), ofStream.GetTagItem("koala.precision"),
                ofStream.GetTagItem("koala.priority"), ofStream.GetTagItem("koala.tiles")));
        var waits = spans.Where(span => span.OperationName == "koala.queue").ToArray();
        var batches = spans.Where(span => span.OperationName == "koala.batch").ToArray();
        Assert.Equal((2, 2), (waits.Length, batches.Length));
        Assert.All(waits.Concat(batches), span => Assert.Equal(ofStream.SpanId, span.ParentSpanId));
        Assert.All(waits, wait => Assert.Equal(16L, wait.GetTagItem("koala.tile.pixels")));
        Assert.All(batches, batch => Assert.Equal((1, 1, 16L), (batch.GetTagItem("koala.batch.tiles"), batch.GetTagItem("koala.batch.tiles_of_stream"), batch.GetTagItem("koala.batch.pixels"))));
        // A tile waits until its batch begins.
        Assert.All(waits.Zip(batches), pair => Assert.Equal(pair.First.StartTimeUtc + pair.First.Duration, pair.Second.StartTimeUtc));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Batch_OfTwoStreams_IsInBothTraces()
    {
        var engine = new FakeEngine { Limits = new(2, int.MaxValue, TimeSpan.FromMinutes(1)) };
        using var first = new Activity("first").SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded).Start();
        var spans = await RecordAsync(first.TraceId, async worker =>
        {
            var (one, _) = await TestStream.OpenAsync(worker.Client);
            // Another trace; whether anybody keeps it is its client's choice, here not.
            Activity.Current = null;
            var (other, _) = await TestStream.OpenAsync(worker.Client);
            using (one)
            using (other)
            {
                await one.SendAsync(TestStream.Plain(1, 4, 1));
                await other.SendAsync(TestStream.Plain(1, 4, 1));
                await Task.WhenAll(one.FinishAsync(), other.FinishAsync());
            }
        }, expected: 3, engine);
        var batch = Assert.Single(spans, span => span.OperationName == "koala.batch");
        Assert.Equal((2, 1), (batch.GetTagItem("koala.batch.tiles"), batch.GetTagItem("koala.batch.tiles_of_stream")));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Stream_ThatFails_SaysWhy()
    {
        using var client = new Activity("client").SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded).Start();
        var spans = await RecordAsync(client.TraceId, async worker =>
        {
            using var call = worker.Client.Upscale();
            await call.RequestStream.WriteAsync(new UpscaleRequest { Start = new UpscaleStart { Scale = 3 } });
            await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        }, expected: 1);
        var span = Assert.Single(spans);
        Assert.Equal((ActivityStatusCode.Error, "scale: expected 2 or 4, got 3"), (span.Status, span.StatusDescription));
        Assert.Equal((int)StatusCode.InvalidArgument, span.GetTagItem("rpc.grpc.status_code"));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Otlp_Collector_GetsTracesAndMetrics()
    {
        var received = new List<(string Path, string Body)>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using var collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            lock (received)
                received.Add((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
            // An empty message, which is what a collector answers that takes everything.
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await collector.StartAsync();

        using var client = new Activity("client").SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded).Start();
        await using (var worker = await TestWorker.StartAsync(new FakeEngine(), o => o with { Otlp = new Uri(collector.Urls.Single()) }))
            await UpscaleOneAsync(worker);
        // What had not been sent yet was sent on the way out.
        var trace = Encoding.Latin1.GetString(Convert.FromHexString(client.TraceId.ToHexString()));
        lock (received)
        {
            var traces = received.Where(message => message.Path == "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
            Assert.Contains(traces, message => message.Body.Contains(trace, StringComparison.Ordinal));
            foreach (var name in (string[])["koala-worker", "koala.stream", "koala.queue", "koala.batch"])
                Assert.Contains(traces, message => message.Body.Contains(name, StringComparison.Ordinal));
            var metrics = received.Where(message => message.Path == "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");
            Assert.Contains(metrics, message => message.Body.Contains("koala.pixels", StringComparison.Ordinal));
        }
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Otlp_CollectorGone_ChangesNothing()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine(), o => o with { Otlp = new Uri("http://127.0.0.1:1") });
        await UpscaleOneAsync(worker);
        worker.Stop();
        Assert.Equal(Koala.Worker.Hosting.ExitCode.Ok, await worker.Exit);
    }

    private static async Task UpscaleOneAsync(TestWorker worker)
    {
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using (stream)
        {
            await stream.SendAsync(TestStream.Plain(1, 4, 1));
            Assert.Null(Assert.Single(await stream.FinishAsync()).Error);
        }
    }

    /// <summary>The ended spans of one trace: other tests of this process have workers too.</summary>
    private static async Task<Activity[]> RecordAsync(ActivityTraceId trace, Func<TestWorker, Task> work, int expected, FakeEngine? engine = null)
    {
        var spans = new List<Activity>();
        using var ended = new SemaphoreSlim(0);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == WorkerTraces.SourceName,
            // As the exporter's default: what the client keeps.
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                if (span.TraceId != trace)
                    return;
                lock (spans)
                    spans.Add(span);
                ended.Release();
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var worker = await TestWorker.StartAsync(engine ?? new FakeEngine());
        await work(worker);
        for (var n = 0; n < expected; n++)
            await ended.WaitAsync();
        lock (spans)
            return [.. spans];
    }
}
