using Koala.Protocol.V1;
using Koala.Worker.Batching;
using Koala.Worker.Inference;
using Precision = Koala.Network.Precision;

namespace Koala.Worker.Tests.Batching;

public sealed class BatchQueueTests
{
    // LR pixels of most tiles here.
    private const int Tile = 4 * 4;

    private static readonly BatchLimits Ones = new(1, int.MaxValue, TimeSpan.Zero);
    private static readonly BatchLimits Fours = new(4, int.MaxValue, TimeSpan.Zero);

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Take_LargeAndSmallStream_AreServedInTurn()
    {
        var queue = new BatchQueue(100 * 100);
        using var large = queue.OpenLane();
        using var small = queue.OpenLane();
        for (var n = 0; n < 5; n++)
            await large.AddAsync(Job($"L{n}"), default);
        await small.AddAsync(Job("S0"), default);
        await small.AddAsync(Job("S1"), default);
        Assert.Equal(["L0", "S0", "L1", "S1", "L2", "L3", "L4"], Enumerable.Range(0, 7).SelectMany(_ => Take(queue, Ones)));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Take_SameKey_FillsTheBatchFromAllStreams()
    {
        var queue = new BatchQueue(100 * 100);
        using var a = queue.OpenLane();
        using var b = queue.OpenLane();
        using var other = queue.OpenLane();
        for (var n = 0; n < 4; n++)
            await a.AddAsync(Job($"a{n}"), default);
        await other.AddAsync(Job("o0", side: 9), default);
        await b.AddAsync(Job("b0"), default);
        Assert.Equal(["a0", "b0", "a1", "a2"], Take(queue, Fours));
        // Passed over because of its size, the other stream has kept its place.
        Assert.Equal(["o0"], Take(queue, Fours));
        Assert.Equal(["a3"], Take(queue, Fours));
        Assert.Equal(0, queue.Count);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Take_LargeTiles_StayWithinThePixels()
    {
        var queue = new BatchQueue(100 * 100);
        using var lane = queue.OpenLane();
        for (var n = 0; n < 4; n++)
            await lane.AddAsync(Job($"{n}", side: 10), default);
        Assert.Equal(2, Take(queue, new BatchLimits(4, 299, TimeSpan.Zero)).Length);
        Assert.Single(Take(queue, new BatchLimits(4, 99, TimeSpan.Zero)));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Take_Delay_WaitsForTheBatchToFill()
    {
        var queue = new BatchQueue(100 * 100);
        using var lane = queue.OpenLane();
        await lane.AddAsync(Job("0"), default);
        var taking = Task.Run(() => Take(queue, new BatchLimits(2, int.MaxValue, TimeSpan.FromHours(1))));
        await lane.AddAsync(Job("1"), default);
        Assert.Equal(["0", "1"], await taking);

        await lane.AddAsync(Job("2"), default);
        Assert.Equal(["2"], Take(queue, new BatchLimits(2, int.MaxValue, TimeSpan.FromMilliseconds(20))));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Add_FullQueue_WaitsForRoom()
    {
        var queue = new BatchQueue(2 * Tile);
        using var first = queue.OpenLane();
        using var second = queue.OpenLane();
        await first.AddAsync(Job("0"), default);
        await first.AddAsync(Job("1"), default);
        var adding = second.AddAsync(Job("2"), default);
        Assert.False(adding.IsCompleted);
        Assert.Equal(["0"], Take(queue, Ones));
        await adding;

        // What a stream leaves behind makes room too.
        var next = second.AddAsync(Job("3"), default);
        Assert.False(next.IsCompleted);
        first.Dispose();
        await next;
        Assert.Equal(["2", "3"], Take(queue, Fours));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Add_LargeTileBeforeSmallOnes_KeepsItsTurn()
    {
        var queue = new BatchQueue(2 * Tile);
        using var lane = queue.OpenLane();
        await lane.AddAsync(Job("0"), default);
        using var leaves = new CancellationTokenSource();
        var large = lane.AddAsync(Job("large", side: 9), default);
        var gone = lane.AddAsync(Job("gone"), leaves.Token);
        var small = lane.AddAsync(Job("small"), default);
        Assert.False(small.IsCompleted);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.Equal(Tile, queue.Pixels);
        // More than there is room for at all, it is let in alone.
        Assert.Equal(["0"], Take(queue, Ones));
        await large;
        Assert.False(small.IsCompleted);
        Assert.Equal(["large"], Take(queue, Ones));
        await small;
        Assert.Equal(["small"], Take(queue, Ones));
        Assert.Equal((0, 0L), (queue.Count, queue.Pixels));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Take_PreviewBesideAHugeBatch_IsNext()
    {
        var queue = new BatchQueue(1000 * Tile);
        using var huge = queue.OpenLane(LanePriority.Batch);
        for (var n = 0; n < 1000; n++)
            await huge.AddAsync(Job($"B{n}"), default);
        Assert.Equal(["B0"], Take(queue, Ones));
        // While B0 is computed the preview comes; the huge one's full queue does not keep it out.
        using var preview = queue.OpenLane();
        var adding = preview.AddAsync(Job("P"), default);
        Assert.True(adding.IsCompletedSuccessfully);
        Assert.Equal(["P"], Take(queue, Ones));
        Assert.Equal(["B1"], Take(queue, Ones));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Take_PreviewsWithoutEnd_LeaveEveryFifthBatchToOthers()
    {
        var queue = new BatchQueue(1000 * Tile);
        using var others = queue.OpenLane(LanePriority.Batch);
        using var previews = queue.OpenLane();
        for (var n = 0; n < 20; n++)
        {
            await others.AddAsync(Job($"B{n}"), default);
            await previews.AddAsync(Job($"P{n}"), default);
        }
        string[] expected = ["P0", "P1", "P2", "P3", "B0", "P4", "P5", "P6", "P7", "B1", "P8"];
        Assert.Equal(expected, expected.SelectMany(_ => Take(queue, Ones)));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Take_BatchWithRoomLeft_IsFilledFromTheOtherPriority()
    {
        var queue = new BatchQueue(1000 * Tile);
        using var others = queue.OpenLane(LanePriority.Batch);
        using var preview = queue.OpenLane();
        for (var n = 0; n < 5; n++)
            await others.AddAsync(Job($"B{n}"), default);
        await preview.AddAsync(Job("P"), default);
        Assert.Equal(["P", "B0", "B1", "B2"], Take(queue, Fours));
        Assert.Equal(["B3", "B4"], Take(queue, Fours));
        Assert.Equal((0, 0L), (queue.Count, queue.Pixels));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Take_Closed_ReturnsNull()
    {
        var queue = new BatchQueue(2 * Tile);
        var taking = Task.Run(() => queue.Take(Ones));
        queue.Close();
        Assert.Null(await taking);
        Assert.Null(queue.Take(Ones));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Take_NothingForLongEnough_ReturnsNoTiles()
    {
        var queue = new BatchQueue(2 * Tile);
        Assert.Equal((0, true), await Task.Run(() => (queue.Take(Ones, TimeSpan.FromMilliseconds(20), out var rested)!.Count, rested)));
        queue.Interrupt();
        Assert.Equal((0, false), await Task.Run(() => (queue.Take(Ones, TimeSpan.FromHours(1), out var rested)!.Count, rested)));
    }

    [Fact]
    public void TilesOf_SmoothPartsLeftOut_IsOne()
    {
        var key = new BatchKey("", Precision.Fp32, 4, 4);
        Assert.Equal((4, 1), (Fours.TilesOf(key), Fours.TilesOf(key with { Options = new Koala.Network.InferenceOptions { SmoothLevels = 1 } })));
    }

    private static string[] Take(BatchQueue queue, BatchLimits limits) =>
        [.. queue.Take(limits)!.Select(job => Name(job))];

    // The name travels in the pixels.
    private static TileJob Job(string name, int side = 4) => new(
        new BatchKey("", Precision.Fp32, side, side),
        new TileWork(System.Text.Encoding.ASCII.GetBytes(name), PixelFormat.RgbU8, default),
        _ => { });

    private static string Name(TileJob job) => System.Text.Encoding.ASCII.GetString(job.Work.Pixels.Span);
}
