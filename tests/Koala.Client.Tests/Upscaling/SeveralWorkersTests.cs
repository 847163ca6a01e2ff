using System.Collections.Concurrent;
using Koala.Client.Tests.Fakes;
using State = Koala.Protocol.V1.GetStatusResponse.Types.State;

namespace Koala.Client.Tests.Upscaling;

/// <summary>Workers at several ports of this machine share a job. Their devices are simulated: they wait instead of computing.</summary>
public class SeveralWorkersTests
{
    private const double Fast = 0.02;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly WorkerRecovery Recovery = new() { Attempts = 3, FirstDelay = TimeSpan.FromMilliseconds(5) };

    [Fact]
    public async Task Upscale_OneTwiceAsSlow_GetsHalfAsManyTiles()
    {
        await using var farm = new FakeFarm();
        foreach (var seconds in (double[])[Fast, Fast, 2 * Fast])
            await farm.AddAsync(seconds);
        await using var client = new KoalaClient(farm.Address) { Recovery = Recovery };
        var image = new TestImage(700, 500);

        var result = await client.UpscaleAsync(image.Job).WaitAsync(Patience);

        image.AssertEnlarged();
        Assert.Equal(0, result.TilesSentAgain);
        var tiles = farm.Workers.Select(worker => worker.Received).ToArray();
        Assert.Equal(result.Tiles, tiles.Sum());
        // Of 2.5 parts, one each to the fast ones and a half to the slow one.
        Assert.All(tiles[..2], fast => Assert.InRange(fast / (double)result.Tiles, 0.32, 0.48));
        Assert.InRange(tiles[2] / (double)result.Tiles, 0.12, 0.28);
    }

    [Fact]
    public async Task Upscale_OneKilled_OnlyItsUnansweredTilesGoToTheOthers()
    {
        await using var farm = new FakeFarm();
        FakeServer? mortal = null;
        var (computed, reports) = (0, new ConcurrentQueue<string>());
        var killed = new TaskCompletionSource();
        await farm.AddAsync(Fast);
        mortal = await farm.AddAsync(Fast, compute => new FakeWorker
        {
            BeforeAnswer = async (id, stop) =>
            {
                await compute(id, stop);
                if (Interlocked.Increment(ref computed) == 10)
                {
                    mortal!.Kill(forGood: true);
                    killed.SetResult();
                }
            },
        });
        await farm.AddAsync(Fast);
        await using var client = new KoalaClient(farm.Address) { Recovery = Recovery with { Report = reports.Enqueue } };
        var image = new TestImage(500, 500);

        var job = client.UpscaleAsync(image.Job);
        await killed.Task.WaitAsync(Patience);
        await mortal.DisposeAsync();
        var result = await job.WaitAsync(Patience);

        image.AssertEnlarged();
        Assert.InRange(result.TilesSentAgain, 1, 5);
        Assert.InRange(farm.Workers[1].Received, 9, 15);
        Assert.All((int[])[0, 2], i => Assert.InRange(farm.Workers[i].Received, result.Tiles / 4, result.Tiles));
        Assert.Contains(reports, line => line.Contains($"{mortal.Address} is gone; the others go on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Upscale_OneDrains_FinishesWhatItHasAndGetsNoMore()
    {
        await using var farm = new FakeFarm();
        FakeWorker? leaving = null;
        var (computed, received) = (0, 0);
        var noticed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await farm.AddAsync(Fast);
        await farm.AddAsync(Fast, compute => leaving = new FakeWorker
        {
            StatusAsked = () =>
            {
                if (leaving!.State == State.Stopping)
                    noticed.TrySetResult();
            },
            BeforeAnswer = async (id, stop) =>
            {
                await compute(id, stop);
                if (Interlocked.Increment(ref computed) == 10)
                {
                    leaving!.State = State.Stopping;
                    await noticed.Task.WaitAsync(stop);
                    // The answer that says so is on its way.
                    await Task.Delay(200, stop);
                    received = leaving.Received;
                }
                else
                {
                    await (leaving!.State == State.Stopping ? noticed.Task.WaitAsync(stop) : Task.CompletedTask);
                    await Task.Delay(leaving.State == State.Stopping ? 300 : 0, stop);
                }
            },
        });
        await farm.AddAsync(4 * Fast);
        await using var client = new KoalaClient(farm.Address) { Recovery = Recovery };
        var image = new TestImage(700, 500);

        var result = await client.UpscaleAsync(image.Job).WaitAsync(Patience);

        image.AssertEnlarged();
        Assert.Equal(0, result.TilesSentAgain);
        Assert.InRange(received, 10, 15);
        Assert.Equal(received, leaving!.Received);
        Assert.Equal(1, leaving.Calls);
    }

    [Fact]
    public async Task Upscale_WorkersOfOtherWeights_AreNotMixed()
    {
        await using var farm = new FakeFarm();
        foreach (var weights in (string[])["aa", "bb", "aa"])
            await farm.AddAsync(Fast / 4, compute => new FakeWorker { Sha256 = weights, BeforeAnswer = compute });
        await using var client = new KoalaClient(farm.Address) { Recovery = Recovery };
        var image = new TestImage(500, 500);

        var result = await client.UpscaleAsync(image.Job).WaitAsync(Patience);

        image.AssertEnlarged();
        Assert.All(farm.Workers, worker => Assert.Equal(worker.Sha256 == result.ModelSha256, worker.Received > 0));
    }

    [Fact]
    public async Task Upscale_WorkerThatTakesSmallerTiles_IsLeftOut()
    {
        await using var farm = new FakeFarm();
        await farm.AddAsync(Fast / 4);
        await farm.AddAsync(Fast / 4, compute => new FakeWorker { TileSide = 20, State = State.Starting, BeforeAnswer = compute });
        await using var client = new KoalaClient(farm.Address) { Recovery = Recovery };
        var image = new TestImage(300, 300);

        await client.UpscaleAsync(image.Job).WaitAsync(Patience);

        image.AssertEnlarged();
        Assert.Equal(0, farm.Workers[1].Received);
    }

    [Fact]
    public async Task Upscale_OneComesLate_TakesPart()
    {
        var port = FakeFarm.FreePort();
        await using var farm = new FakeFarm();
        await farm.AddAsync(Fast);
        var address = WorkerAddress.Parse($"{farm.Address},http://127.0.0.1:{port}");
        await using var client = new KoalaClient(address) { Recovery = Recovery };
        var image = new TestImage(700, 700);

        var job = client.UpscaleAsync(image.Job);
        while (farm.Workers[0].Received < 20)
            await Task.Delay(10);
        var late = new FakeWorker();
        await using var server = await FakeServer.StartAsync(late, WorkerAddress.Parse($"http://127.0.0.1:{port}"));
        await job.WaitAsync(Patience);

        image.AssertEnlarged();
        Assert.InRange(late.Received, 10, 400);
    }

    [Fact]
    public async Task Upscale_AllGone_SaysSoAfterTheAttempts()
    {
        await using var farm = new FakeFarm();
        var servers = new List<FakeServer>();
        var gone = new TaskCompletionSource();
        for (var i = 0; i < 2; i++)
            servers.Add(await farm.AddAsync(Fast, compute => new FakeWorker
            {
                BeforeAnswer = async (id, stop) =>
                {
                    await compute(id, stop);
                    if (id == 40)
                        gone.TrySetResult();
                },
            }));
        await using var client = new KoalaClient(farm.Address) { Recovery = Recovery };

        var job = client.UpscaleAsync(new TestImage(500, 500).Job);
        await gone.Task.WaitAsync(Patience);
        foreach (var server in servers)
        {
            server.Kill(forGood: true);
            await server.DisposeAsync();
        }

        var exception = await Assert.ThrowsAsync<KoalaException>(() => job.WaitAsync(Patience));
        Assert.True(exception is { Kind: KoalaErrorKind.WorkerUnavailable, IsTransient: true }, exception.ToString());
        exception = await Assert.ThrowsAsync<KoalaException>(() => client.GetStatusAsync().WaitAsync(Patience));
        Assert.Contains($"No worker answers at {farm.Address}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upscale_AddressOfAProxyRepeated_OpensAsManyStreams()
    {
        await using var farm = new FakeFarm();
        await farm.AddAsync(Fast / 4);
        await using var client = new KoalaClient(WorkerAddress.Parse($"{farm.Address},{farm.Address},{farm.Address}"));
        var image = new TestImage(500, 500);

        await client.UpscaleAsync(image.Job).WaitAsync(Patience);

        image.AssertEnlarged();
        Assert.Equal(3, farm.Workers[0].Calls);
    }

    [Fact]
    public async Task GetStatuses_TellsOfEveryWorker()
    {
        await using var farm = new FakeFarm();
        await farm.AddAsync(Fast, compute => new FakeWorker { State = State.Starting });
        await farm.AddAsync(Fast);
        var address = WorkerAddress.Parse($"{farm.Address},http://127.0.0.1:{FakeFarm.FreePort()}");
        await using var client = new KoalaClient(address);

        Assert.Equal(WorkerState.Ready, (await client.GetStatusAsync()).State);
        var statuses = await client.GetStatusesAsync();

        Assert.Equal(address.ToString().Split(','), statuses.Keys.Select(key => key.ToString()));
        Assert.Equal([WorkerState.Starting, WorkerState.Ready, null], statuses.Values.Select(status => status?.State));
        Assert.Equal(WorkerState.Ready, (await WorkerLauncher.EnsureRunningAsync(address)).State);
    }
}
