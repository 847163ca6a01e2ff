using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Koala.Protocol.V1;
using Koala.TestFiles;
using Koala.Worker.Hosting;
using Koala.Worker.Security;

namespace Koala.Worker.Tests.Observability;

public sealed class MetricsTests
{
    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Metrics_AfterWork_TellWhatWasDone()
    {
        var port = FreePort.Find();
        await using var worker = await TestWorker.StartAsync(
            new FakeEngine(), o => o with { Metrics = new ListenEndpoint.Loopback(new IPEndPoint(IPAddress.Loopback, port)) });
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        await stream.SendAsync(TestStream.Plain(1, 4, 1));
        await stream.SendAsync(new Tile { Id = 2 });
        await stream.FinishAsync();
        stream.Dispose();
        await worker.UntilAsync(status => status.Queue.OpenStreams == 0);

        using var http = new HttpClient();
        var text = "";
        // The device's thread counts a batch once its tiles are answered.
        while (!text.Contains("koala_pixels_total", StringComparison.Ordinal))
            text = await http.GetStringAsync($"http://127.0.0.1:{port}/metrics");
        foreach (var metric in (string[])
            [
                "koala_tiles_total{", "status=\"OK\"", "status=\"InvalidArgument\"", "koala_streams_total{", "koala_pixels_total{",
                "koala_tile_queue_time_seconds_bucket{", "koala_batch_compute_time_seconds_sum{", "koala_batch_tiles_count{", "koala_queue_tiles{",
                "koala_queue_pixels{", "koala_streams_open{", "koala_ready{", "koala_process_memory_bytes{", "koala_tensors{", "koala_device_transfer_time_seconds_total{", "koala_model{", "name=\"fake-x4\"",
            ])
            Assert.Contains(metric, text, StringComparison.Ordinal);
        // The device of this worker has no memory of its own.
        Assert.DoesNotContain("koala_device_memory", text, StringComparison.Ordinal);
        // No other service answers there.
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri($"http://127.0.0.1:{port}/"))).StatusCode);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Metrics_NotAskedFor_AreNotThere()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        var call = worker.Connect().CreateCallInvoker().AsyncUnaryCall(
            new Method<byte[], byte[]>(MethodType.Unary, "", "metrics", Marshallers.Create<byte[]>(b => b, b => b), Marshallers.Create<byte[]>(b => b, b => b)), null, default, []);
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Metrics_ForOtherMachines_AskForTheToken()
    {
        using var folder = new TestFolder();
        TestCertificates.WriteSelfSigned(folder.File("worker.pem"));
        var port = FreePort.Find();
        await using var worker = await TestWorker.StartAsync(new FakeEngine(), o => o with
        {
            Metrics = new ListenEndpoint.Encrypted(new IPEndPoint(IPAddress.Loopback, port)),
            Security = new SecurityOptions { Certificate = folder.File("worker.pem"), Token = AccessToken.Parse("a-token-of-the-tests") },
        });
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=localhost",
        };
        using var http = new HttpClient(handler);
        var address = new Uri($"https://127.0.0.1:{port}/metrics");
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(address)).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "a-token-of-the-tests");
        Assert.Contains("koala_ready", await http.GetStringAsync(address), StringComparison.Ordinal);
    }
}
