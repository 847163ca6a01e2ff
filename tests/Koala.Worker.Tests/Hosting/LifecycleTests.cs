using Grpc.Core;
using Grpc.Health.V1;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Koala.Worker.Service;
using Microsoft.Extensions.Time.Testing;
using State = Koala.Protocol.V1.GetStatusResponse.Types.State;

namespace Koala.Worker.Tests.Hosting;

/// <summary>From start to exit: loading, readiness, idleness, stop.</summary>
public sealed class LifecycleTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Upscale_WhileLoading_WaitsAndStatusAnswers()
    {
        var engine = new FakeEngine();
        engine.Loading.Reset();
        await using var worker = await TestWorker.StartAsync(engine);
        var opening = TestStream.OpenAsync(worker.Client);
        var status = await worker.UntilAsync(s => s.Queue.OpenStreams == 1);
        Assert.Equal(State.Starting, status.State);
        Assert.Empty(status.Models);
        Assert.False(opening.IsCompleted);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, await HealthAsync(worker));

        engine.Loading.Set();
        var (stream, started) = await opening;
        using var _ = stream;
        Assert.Equal((FakeEngine.Model, 8u, 4u), (started.Model.Name, started.Model.Halo, started.Model.Alignment));
        Assert.Equal(Protocol.V1.Precision.Bf16, started.Precision);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(worker));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Load_Failed_IsToldAndEndsTheWorker()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine { Problem = "no weights here" }, time: _time);
        var status = await worker.UntilAsync(s => s.State == State.Failed);
        Assert.Equal("no weights here", status.Problem);
        var refused = await Assert.ThrowsAsync<RpcException>(() => TestStream.OpenAsync(worker.Client));
        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
        Assert.Contains("no weights here", refused.Status.Detail, StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(ExitCode.CannotCompute, await worker.Exit);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Run_DeviceLost_FailsTheStreamAndEndsTheWorker()
    {
        var engine = new FakeEngine { Compute = (_, _) => throw new DeviceLostException("CUDA error: gone") };
        await using var worker = await TestWorker.StartAsync(engine, time: _time);
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stream;
        await stream.SendAsync(TestStream.Plain(1, 8, 0));
        var status = await worker.UntilAsync(s => s.State == State.Failed);
        Assert.Equal("CUDA error: gone", status.Problem);
        var refused = await Assert.ThrowsAsync<RpcException>(() => TestStream.OpenAsync(worker.Client));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);

        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(ExitCode.CannotCompute, await worker.Exit);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Idle_AfterItsTime_WorkerLeaves()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine(), o => o with { IdleTimeoutMinutes = 5 }, _time);
        await worker.UntilReadyAsync();
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(300, (await worker.StatusAsync()).IdleTimeoutSeconds);
        Assert.False(worker.Exit.IsCompleted);
        // The status call was no work.
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(ExitCode.Ok, await worker.Exit);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Idle_OpenStream_KeepsTheWorker()
    {
        var limits = new ServiceLimits { IdleSeconds = 86_400 };
        await using var worker = await TestWorker.StartAsync(new FakeEngine(), options => options with { Limits = limits }, _time);
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stream;
        _time.Advance(TimeSpan.FromHours(10));
        await stream.SendAsync(TestStream.Plain(1, 8, 7));
        Assert.Single(await stream.FinishAsync());
        await worker.UntilAsync(s => s.Queue.OpenStreams == 0);
        Assert.False(worker.Exit.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(ExitCode.Ok, await worker.Exit);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Idle_TimeoutOfZero_NeverLeaves()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine(), o => o with { IdleTimeoutMinutes = 0 }, _time);
        await worker.UntilReadyAsync();
        _time.Advance(TimeSpan.FromDays(30));
        Assert.Equal(State.Ready, (await worker.StatusAsync()).State);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Stop_OpenStream_IsFinishedAndNewOnesAreRefused()
    {
        var engine = new FakeEngine();
        engine.Running.Reset();
        await using var worker = await TestWorker.StartAsync(engine, time: _time);
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stream;
        await stream.SendAsync(TestStream.Plain(1, 8, 7));
        await engine.Entered.WaitAsync();

        worker.Stop();
        await worker.UntilAsync(s => s.State == State.Stopping);
        var refused = await Assert.ThrowsAsync<RpcException>(() => TestStream.OpenAsync(worker.Client));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, await HealthAsync(worker));

        engine.Running.Set();
        Assert.All(await stream.FinishAsync(), result => Assert.Null(result.Error));
        Assert.Equal(ExitCode.Ok, await worker.Exit);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Stop_StreamThatDoesNotEnd_IsAbortedAfterTheLimit()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine(), time: _time);
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stream;
        worker.Stop();
        await worker.UntilAsync(s => s.State == State.Stopping);
        _time.Advance(Drain.Limit);
        var aborted = await Assert.ThrowsAsync<RpcException>(stream.ReadAsync);
        Assert.Equal(StatusCode.Unavailable, aborted.StatusCode);
        Assert.Equal(ExitCode.Ok, await worker.Exit);
    }

    [Theory(Timeout = TestWorker.Timeout)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_DeviceThatOutlivesTheShutdown_IsLeftToItsThread(bool loading)
    {
        var engine = new FakeEngine();
        (loading ? engine.Loading : engine.Running).Reset();
        await using var worker = await TestWorker.StartAsync(
            engine, time: _time, shutdownTimeout: TimeSpan.FromMilliseconds(200));
        if (!loading)
        {
            var (stream, _) = await TestStream.OpenAsync(worker.Client);
            using var __ = stream;
            await stream.SendAsync(TestStream.Plain(1, 8, 7));
            await engine.Entered.WaitAsync();
        }
        worker.Stop();
        Assert.Equal(ExitCode.Ok, await worker.Exit);
        Assert.False(engine.Unloaded.IsCompleted);

        (loading ? engine.Loading : engine.Running).Set();
        await engine.Unloaded;
    }

    private static async Task<HealthCheckResponse.Types.ServingStatus> HealthAsync(TestWorker worker)
    {
        var request = new HealthCheckRequest { Service = "koala.v1.Upscaler" };
        return (await new Health.HealthClient(worker.Connect()).CheckAsync(request)).Status;
    }
}
