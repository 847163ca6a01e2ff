using Grpc.Core;
using Koala.Protocol.V1;
using Koala.Worker.Batching;
using Koala.Worker.Inference;
using Koala.Worker.Service;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Koala.Worker.Tests.Service;

/// <summary>What a client may ask for, and what it is told beyond that.</summary>
public sealed class LimitTests
{
    [Theory(Timeout = TestWorker.Timeout)]
    [InlineData(2, 9, "this client has 2 open streams, the worker's limit (--max-streams-per-client)")]
    [InlineData(9, 2, "2 streams are open, the worker's limit (--max-streams)")]
    public async Task Stream_OneTooMany_IsResourceExhausted(int perClient, int all, string expected)
    {
        await using var worker = await TestWorker.StartAsync(
            new FakeEngine(), o => o with { Limits = new ServiceLimits { MaxStreamsPerClient = perClient, MaxStreams = all } });
        var (first, _) = await TestStream.OpenAsync(worker.Client);
        var (second, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = second;
        var problem = await Assert.ThrowsAsync<RpcException>(() => TestStream.OpenAsync(worker.Client));
        Assert.Equal((StatusCode.ResourceExhausted, expected), (problem.StatusCode, problem.Status.Detail));

        // One that has ended makes room.
        await first.FinishAsync();
        first.Dispose();
        await worker.UntilAsync(status => status.Queue.OpenStreams == 1);
        var (third, _) = await TestStream.OpenAsync(worker.Client);
        third.Dispose();
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Streams_AllEnded_LeaveNothingCounted()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        for (var n = 0; n < 3; n++)
        {
            var (stream, _) = await TestStream.OpenAsync(worker.Client);
            stream.Dispose();
        }
        await worker.UntilAsync(status => status.Queue.OpenStreams == 0);
        var gate = worker.Services.GetRequiredService<StreamGate>();
        // The count of a client goes a moment before that of the worker.
        Assert.Equal(0, gate.Clients);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Tile_BeyondTheMemory_IsInvalidArgumentBeforeItIsQueued()
    {
        var engine = new FakeEngine();
        await using var worker = await TestWorker.StartAsync(
            engine, o => o with { Limits = new ServiceLimits { MaxMemoryMebibytes = 32 } });
        var pixels = worker.Services.GetRequiredService<MemoryLimit>().Pixels;
        Assert.Equal((32 << 20) / MemoryLimit.BytesPerPixel, pixels);
        Assert.Equal((ulong)pixels, (await worker.StatusAsync()).Limits.MaxTilePixels);
        var side = (int)Math.Sqrt(pixels);
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stream;
        await stream.SendAsync(TestStream.Plain(1, side, 7));
        await stream.SendAsync(TestStream.Plain(2, side + 1, 7));
        var results = await stream.FinishAsync();
        Assert.Equal(TileResult.OutcomeOneofCase.Pixels, results[0].OutcomeCase);
        Assert.Equal((int)StatusCode.InvalidArgument, results[1].Error.Code);
        Assert.Contains("expected at most 32 (--max-memory)", results[1].Error.Message, StringComparison.Ordinal);
        Assert.Single(engine.Batches);
    }

    [Fact]
    public void Within_Memory_BoundsTheBatch()
    {
        Assert.Equal(1000, BatchLimits.Cuda.Within(1000).MaxPixels);
        Assert.Equal(BatchLimits.Cpu, BatchLimits.Cpu.Within(long.MaxValue));
        Assert.Equal(8192, new MemoryLimit(new ServiceLimits(), 16L << 30).Mebibytes);
        Assert.Equal(ServiceLimits.LeastMemoryMebibytes, new MemoryLimit(new ServiceLimits(), 1 << 20).Mebibytes);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Stream_SilentClient_IsEndedAfterTheIdleTime()
    {
        var time = new FakeTimeProvider();
        await using var worker = await TestWorker.StartAsync(
            new FakeEngine(), o => o with { Limits = new ServiceLimits { IdleSeconds = 60 } }, time);
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stream;
        time.Advance(TimeSpan.FromSeconds(50));
        await stream.SendAsync(TestStream.Plain(1, 4, 7));
        Assert.NotNull(await stream.ReadAsync());
        // The worker has taken note of it too.
        await worker.UntilAsync(status => status.Queue.FinishedTiles == 1);
        time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(1u, (await worker.StatusAsync()).Queue.OpenStreams);
        time.Advance(TimeSpan.FromSeconds(20));
        var problem = await Assert.ThrowsAsync<RpcException>(stream.ReadAsync);
        Assert.Equal(StatusCode.DeadlineExceeded, problem.StatusCode);
        Assert.Contains("60 seconds, the worker's limit (--stream-idle-timeout)", problem.Status.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Stream_WhoseTilesAreComputed_IsNotIdle()
    {
        var time = new FakeTimeProvider();
        var engine = new FakeEngine();
        engine.Running.Reset();
        await using var worker = await TestWorker.StartAsync(
            engine, o => o with { Limits = new ServiceLimits { IdleSeconds = 60, StreamMinutes = 60 } }, time);
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stream;
        await stream.SendAsync(TestStream.Plain(1, 4, 7));
        await engine.Entered.WaitAsync();
        for (var n = 0; n < 10; n++)
            time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(1u, (await worker.StatusAsync()).Queue.OpenStreams);
        engine.Running.Set();
        Assert.NotNull(await stream.ReadAsync());

        time.Advance(TimeSpan.FromMinutes(51));
        var problem = await Assert.ThrowsAsync<RpcException>(stream.ReadAsync);
        Assert.Equal(StatusCode.DeadlineExceeded, problem.StatusCode);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Preview_BesideAHugeBatch_WaitsForNoMoreThanTheBatchAtWork()
    {
        var engine = new FakeEngine();
        engine.Running.Reset();
        await using var worker = await TestWorker.StartAsync(engine);
        var start = TestStream.Start();
        start.Options = new UpscaleOptions { Priority = Priority.Batch };
        var (huge, _) = await TestStream.OpenAsync(worker.Client, start);
        using var __ = huge;
        for (var id = 0ul; id < 16; id++)
            await huge.SendAsync(TestStream.Plain(id, 4, 1));
        await engine.Entered.WaitAsync();
        await worker.UntilAsync(status => status.Queue is { WaitingTiles: 15, WaitingPixels: 15 * 16 });

        var (preview, _) = await TestStream.OpenAsync(worker.Client);
        using var ___ = preview;
        await preview.SendAsync(TestStream.Plain(1, 4, 2));
        await worker.UntilAsync(status => status.Queue.WaitingTiles == 16);
        engine.Running.Set();
        Assert.Single(await preview.FinishAsync());
        Assert.Equal(16, (await huge.FinishAsync()).Length);
        Assert.Equal(1, engine.Batches.ToList().FindIndex(batch => batch.Tiles[0].Pixels.Span[0] == 2));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_UnknownPriority_IsInvalidArgument()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        var start = TestStream.Start();
        start.Options = new UpscaleOptions { Priority = (Priority)9 };
        var problem = await Assert.ThrowsAsync<RpcException>(() => TestStream.OpenAsync(worker.Client, start));
        Assert.Equal(StatusCode.InvalidArgument, problem.StatusCode);
        Assert.Contains("options.priority", problem.Status.Detail, StringComparison.Ordinal);
    }
}
