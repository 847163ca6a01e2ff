using System.Collections.Concurrent;
using Koala.Client.Tests.Fakes;
using Wire = Koala.Protocol.V1;

namespace Koala.Client.Tests.Upscaling;

/// <summary>A worker that is lost in the middle of a job, and comes back or does not.</summary>
public class LostWorkerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly WorkerRecovery Fast = new() { Attempts = 3, FirstDelay = TimeSpan.FromMilliseconds(5) };

    [Fact]
    public async Task Upscale_WorkerLost_SendsOnlyUnansweredTilesAgain()
    {
        FakeServer? server = null;
        var received = new ConcurrentBag<ulong>();
        var deadly = new ConcurrentDictionary<ulong, bool>();
        await using var running = server = await FakeServer.StartAsync(new FakeWorker
        {
            BeforeAnswer = (id, _) =>
            {
                received.Add(id);
                // Once at the first tile, once in the middle, once at the last.
                if (id % 40 == 0 && deadly.TryAdd(id, true))
                    server!.Kill();
                return Task.CompletedTask;
            },
        });
        await using var client = new KoalaClient(server.Address) { Recovery = Fast };
        var image = new TestImage(300, 300);

        var result = await client.UpscaleAsync(image.Job).WaitAsync(Patience);

        image.AssertEnlarged();
        Assert.Equal(81, result.Tiles);
        Assert.Equal(Enumerable.Range(0, 81).Select(id => (ulong)id), received.Distinct().Order());
        // Three losses, and no more than five tiles were on their way each time.
        Assert.InRange(result.TilesSentAgain, 3, 15);
        Assert.InRange(received.Count, 81 + 1, 81 + result.TilesSentAgain);
    }

    [Fact]
    public async Task Upscale_TileThatBringsTheWorkerDown_IsGivenUp()
    {
        const int last = 80;
        FakeServer? server = null;
        var deaths = 0;
        var answered = new ConcurrentDictionary<ulong, bool>();
        await using var running = server = await FakeServer.StartAsync(new FakeWorker
        {
            BeforeAnswer = async (id, stop) =>
            {
                if (id != last)
                    return;
                // Behind all others, as each that is answered is progress, from which on the attempts are counted anew.
                while (answered.Count < last)
                    await Task.Delay(10, stop);
                await Task.Delay(100, stop);
                Interlocked.Increment(ref deaths);
                server!.Kill();
                await Task.Delay(Timeout.Infinite, stop);
            },
            Answer = result =>
            {
                answered[result.Id] = true;
                return result;
            },
        });
        var told = new ConcurrentQueue<string>();
        await using var client = new KoalaClient(server.Address) { Recovery = Fast with { Report = told.Enqueue } };

        var exception = await Assert.ThrowsAsync<KoalaException>(
            () => client.UpscaleAsync(new TestImage(300, 300).Job).WaitAsync(Patience));

        Assert.Equal((KoalaErrorKind.WorkerUnavailable, true), (exception.Kind, exception.IsTransient));
        Assert.Contains("not won back in 3 attempts", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.InRange(deaths, 4, 10);
        Assert.Contains("The worker was lost; attempt 3 of 3 to go on …", told);
    }

    [Fact]
    public async Task Upscale_WorkerGoneForGood_SaysSoAfterItsAttempts()
    {
        var gone = new TaskCompletionSource();
        var server = await FakeServer.StartAsync(new FakeWorker
        {
            BeforeAnswer = (id, stop) =>
            {
                if (id == 20)
                    gone.TrySetResult();
                return id >= 20 ? Task.Delay(Timeout.Infinite, stop) : Task.CompletedTask;
            },
        });
        await using var client = new KoalaClient(server.Address) { Recovery = Fast };
        var job = client.UpscaleAsync(new TestImage(300, 300).Job);
        await gone.Task.WaitAsync(Patience);
        await server.DisposeAsync();

        var exception = await Assert.ThrowsAsync<KoalaException>(() => job.WaitAsync(Patience));

        Assert.Contains("No worker answers", exception.Message, StringComparison.Ordinal);
        Assert.Contains("start it again if it is gone", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upscale_WorkerBackWithOtherWeights_IsNotMixed()
    {
        FakeServer? server = null;
        FakeWorker? worker = null;
        await using var running = server = await FakeServer.StartAsync(worker = new FakeWorker
        {
            Sha256 = "aa",
            BeforeAnswer = (id, _) =>
            {
                if (id == 20)
                {
                    worker!.Sha256 = "bb";
                    server!.Kill();
                }
                return Task.CompletedTask;
            },
        });
        await using var client = new KoalaClient(server.Address) { Recovery = Fast };

        var exception = await Assert.ThrowsAsync<KoalaException>(
            () => client.UpscaleAsync(new TestImage(300, 300).Job).WaitAsync(Patience));

        Assert.True(exception.IsTransient);
        Assert.Contains("other weights", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upscale_DeviceOfTheWorkerFails_GoesOnWithTheNextCall()
    {
        var failures = 0;
        await using var server = await FakeServer.StartAsync(new FakeWorker
        {
            Answer = result => result.Id == 7 && Interlocked.Increment(ref failures) == 1
                ? new Wire.TileResult { Id = 7, Error = new Wire.TileError { Code = 14, Message = "the device failed" } }
                : result,
        });
        await using var client = new KoalaClient(server.Address) { Recovery = Fast };
        var image = new TestImage(300, 300);

        var result = await client.UpscaleAsync(image.Job).WaitAsync(Patience);

        image.AssertEnlarged();
        Assert.InRange(result.TilesSentAgain, 1, 5);
    }

    [Fact]
    public async Task Upscale_CancelledWhileTheWorkerIsGone_Ends()
    {
        using var cancel = new CancellationTokenSource();
        FakeServer? server = null;
        await using var running = server = await FakeServer.StartAsync(new FakeWorker
        {
            BeforeAnswer = (_, _) =>
            {
                server!.Kill();
                return Task.CompletedTask;
            },
        });
        await using var client = new KoalaClient(server.Address)
        {
            Recovery = new WorkerRecovery { FirstDelay = TimeSpan.FromHours(1), LongestDelay = TimeSpan.FromHours(1), Report = _ => cancel.CancelAfter(1) },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => client.UpscaleAsync(new TestImage(300, 300).Job, null, cancel.Token).WaitAsync(Patience));
    }
}
