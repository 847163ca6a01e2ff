using Koala.Protocol.V1;
using Koala.Worker.Batching;
using Koala.Worker.Inference;
using Precision = Koala.Network.Precision;

namespace Koala.Worker.Tests.Batching;

public sealed class BatchQueueTests
{
    private static readonly BatchLimits Ones = new(1, int.MaxValue, TimeSpan.Zero);
    private static readonly BatchLimits Fours = new(4, int.MaxValue, TimeSpan.Zero);

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Take_LargeAndSmallStream_AreServedInTurn()
    {
        using var queue = new BatchQueue(100);
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
        using var queue = new BatchQueue(100);
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
        using var queue = new BatchQueue(100);
        using var lane = queue.OpenLane();
        for (var n = 0; n < 4; n++)
            await lane.AddAsync(Job($"{n}", side: 10), default);
        Assert.Equal(2, Take(queue, new BatchLimits(4, 299, TimeSpan.Zero)).Length);
        Assert.Single(Take(queue, new BatchLimits(4, 99, TimeSpan.Zero)));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Take_Delay_WaitsForTheBatchToFill()
    {
        using var queue = new BatchQueue(100);
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
        using var queue = new BatchQueue(2);
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
    public async Task Take_Closed_ReturnsNull()
    {
        using var queue = new BatchQueue(2);
        var taking = Task.Run(() => queue.Take(Ones));
        queue.Close();
        Assert.Null(await taking);
        Assert.Null(queue.Take(Ones));
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
