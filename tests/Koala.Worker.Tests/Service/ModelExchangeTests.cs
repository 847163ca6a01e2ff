using Koala.Worker.Batching;
using Koala.Worker.Inference;
using Microsoft.Extensions.DependencyInjection;

namespace Koala.Worker.Tests.Service;

/// <summary>Weights that are exchanged while streams are open.</summary>
public sealed class ModelExchangeTests
{
    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Exchange_OpenStream_KeepsItsWeightsAndLosesNoTile()
    {
        var engine = new FakeEngine();
        await using var worker = await TestWorker.StartAsync(engine);
        var queue = worker.Services.GetRequiredService<BatchQueue>();
        var (before, started) = await TestStream.OpenAsync(worker.Client);
        await before.SendAsync(TestStream.Plain(1, 4, 1));
        Assert.NotNull(await before.ReadAsync());

        var (former, present) = (FakeEngine.Description, FakeEngine.Description with { Sha256 = "ab" });
        engine.Changed = new ModelCatalog([present]);
        queue.Interrupt();
        await worker.UntilAsync(status => status.Models[0].Sha256 == "ab");
        engine.Changed = null;
        var (after, restarted) = await TestStream.OpenAsync(worker.Client);
        using var _ = after;
        await after.SendAsync(TestStream.Plain(1, 4, 2));
        await before.SendAsync(TestStream.Plain(2, 4, 3));
        Assert.Single(await after.FinishAsync());
        Assert.Single(await before.FinishAsync());
        before.Dispose();

        Assert.Equal(("", "ab"), (started.Model.Sha256, restarted.Model.Sha256));
        string IdOf(byte value) => Assert.Single(engine.Batches, batch => batch.Tiles[0].Pixels.Span[0] == value).Key.Model;
        Assert.Equal((former.Id, present.Id, former.Id), (IdOf(1), IdOf(2), IdOf(3)));
        Assert.Equal(new[] { former.Id, present.Id }.Order(), Assert.Single(engine.Kept).Order());

        // With its last stream the former model goes.
        await worker.UntilAsync(status => status.Queue.OpenStreams == 0);
        queue.Interrupt();
        while (engine.Kept.Count < 2)
            await Task.Delay(5);
        Assert.Equal([present.Id], engine.Kept.Last());
    }
}
