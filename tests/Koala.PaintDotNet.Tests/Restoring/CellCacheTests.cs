using Koala.Client;
using Koala.PaintDotNet.Restoring;

namespace Koala.PaintDotNet.Tests.Restoring;

public sealed class CellCacheTests
{
    private static readonly WorkerModel Model = new("m", 2, Halo: 26, Alignment: 4, "");

    [Fact]
    public async Task Join_ByManyThreads_ComputesEachCellOnce()
    {
        using var cache = new CellCache(1 << 20, TimeSpan.FromSeconds(1));
        var computed = 0;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () =>
        {
            var region = new PixelRegion(i % 4 * 8, 0, 8, 8);
            var cell = cache.Join(region, async stop =>
            {
                Interlocked.Increment(ref computed);
                await Task.Delay(30, stop);
                return new byte[8];
            });
            Assert.Equal(8, (await cell.Pixels).Length);
            cache.Leave(cell);
        })));
        Assert.Equal(4, computed);
    }

    [Fact]
    public async Task Join_OfAllCellsOfALargeLayer_HoldsNoMoreThanTheLimit()
    {
        const long Limit = 16 << 20;
        using var cache = new CellCache(Limit, TimeSpan.Zero);
        var whole = new PixelRegion(0, 0, 8000, 8000);
        var grid = new CellGrid(whole, 384, Model);
        long most = 0, pixels = 0;
        foreach (var region in grid.CellsOf(whole))
        {
            var cell = cache.Join(region, _ => Task.FromResult(new byte[3 * region.Width * region.Height]));
            pixels += (await cell.Pixels).Length / 3;
            cache.Leave(cell);
            most = Math.Max(most, cache.HeldBytes);
        }
        Assert.Equal(64_000_000, pixels);
        Assert.InRange(most, Limit / 2, Limit);
    }

    [Fact]
    public async Task Join_BeyondTheLimit_GivesUpWhatWasNotUsedForLongest()
    {
        using var cache = new CellCache(20, TimeSpan.Zero);
        List<int> computed = [];
        foreach (var x in (int[])[1, 2, 1, 3, 1, 2])
        {
            var cell = cache.Join(new PixelRegion(x, 0, 1, 1), _ =>
            {
                computed.Add(x);
                return Task.FromResult(new byte[10]);
            });
            await cell.Pixels;
            await Task.Yield();
            SpinWait.SpinUntil(() => cell.Place is not null, 5000);
            cache.Leave(cell);
        }
        Assert.Equal([1, 2, 3, 2], computed);
    }

    [Fact]
    public async Task Leave_ByTheLastWhoWaits_EndsTheComputationAfterItsGrace()
    {
        using var cache = new CellCache(1 << 20, TimeSpan.FromSeconds(1));
        var region = new PixelRegion(0, 0, 8, 8);
        var ended = new TaskCompletionSource();
        var first = cache.Join(region, async stop =>
        {
            stop.Register(ended.SetResult);
            await Task.Delay(Timeout.Infinite, stop);
            return [];
        });
        // Joined again in time, it goes on.
        cache.Leave(first);
        var second = cache.Join(region, _ => throw new InvalidOperationException("computed twice"));
        Assert.Same(first, second);
        await Task.Delay(2000);
        Assert.False(ended.Task.IsCompleted);

        cache.Leave(second);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, cache.Pending);
        Assert.NotSame(first, cache.Join(region, _ => Task.FromResult(new byte[1])));
    }

    [Fact]
    public async Task Join_AfterAFailure_ComputesAgain()
    {
        using var cache = new CellCache(1 << 20, TimeSpan.Zero);
        var region = new PixelRegion(0, 0, 8, 8);
        var failed = cache.Join(region, _ => throw new IOException("lost"));
        await Assert.ThrowsAsync<IOException>(() => failed.Pixels);
        cache.Leave(failed);
        SpinWait.SpinUntil(() => cache.Pending == 0, 5000);
        Assert.Equal([7], await cache.Join(region, _ => Task.FromResult<byte[]>([7])).Pixels);
    }

    [Theory]
    [InlineData(0, 0, 8000, 8000, 384)]
    [InlineData(301, 202, 50, 40, 384)]
    [InlineData(5, 3, 1, 1, 64)]
    [InlineData(0, 0, 283, 90, 120)]
    public void CellsOf_ASelection_CoverItOnceOnTheModelsGrid(int x, int y, int width, int height, int side)
    {
        var selection = new PixelRegion(x, y, width, height);
        var grid = new CellGrid(selection, side, Model);
        var cells = grid.CellsOf(selection).ToArray();

        Assert.Equal(28, grid.Halo);
        Assert.Equal(cells.Length, cells.Distinct().Count());
        Assert.All(cells, cell =>
        {
            Assert.All(new[] { cell.X, cell.Y, cell.Width, cell.Height }, value => Assert.Equal(0, value % 4));
            Assert.InRange(Math.Max(cell.Width, cell.Height) + 2 * grid.Halo, 1, Math.Max(side, 2 * grid.Halo + 16));
        });
        // Disjoint, and together the selection on the grid.
        var (right, bottom) = (cells.Max(c => c.Right), cells.Max(c => c.Bottom));
        Assert.InRange(right, selection.Right, selection.Right + 3);
        Assert.InRange(bottom, selection.Bottom, selection.Bottom + 3);
        Assert.Equal((long)(right - cells.Min(c => c.X)) * (bottom - cells.Min(c => c.Y)), cells.Sum(c => (long)c.Width * c.Height));
        Assert.Empty(grid.CellsOf(new PixelRegion(right, bottom, 10, 10)));
    }
}
