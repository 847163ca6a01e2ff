using Koala.Client.Tests.Fakes;

namespace Koala.Client.Tests.Upscaling;

public class TileDealTests
{
    private static readonly UpscaleJob Job = new TestImage(64, 64).Job;
    private static readonly TileLayout Layout = new(64, 64, 32, 2);

    [Fact]
    public async Task Deal_ToOneWorker_FillsItsPlacesInTurn()
    {
        using var deal = new TileDeal(20);
        var share = deal.Open(3);

        var adding = AddAsync(deal, 5);

        Assert.Equal([0UL, 1, 2], Dealt(share));
        deal.Settle(share, 1);
        deal.Settle(share, 0);
        await adding;
        Assert.Equal([3UL, 4], Dealt(share));
    }

    [Fact]
    public async Task Close_UnansweredTiles_GoToTheNextBeforeAllOthers()
    {
        using var deal = new TileDeal(20);
        var (lost, other) = (deal.Open(2), deal.Open(3));
        await AddAsync(deal, 5);
        Assert.Equal(5, Dealt(lost).Concat(Dealt(other)).Count());
        var unanswered = lost.Unanswered.Keys.ToArray();
        await AddAsync(deal, 1, from: 5);

        deal.Close(lost);
        foreach (var id in other.Unanswered.Keys.ToArray())
            deal.Settle(other, id);

        Assert.Equal([.. unanswered, 5UL], Dealt(other));
        Assert.Equal(2, deal.DealtAgain);
    }

    [Fact]
    public async Task Retire_Worker_CompletesWithItsLastAnswer()
    {
        using var deal = new TileDeal(20);
        var share = deal.Open(2);
        await AddAsync(deal, 2);
        Assert.Equal([0UL, 1], Dealt(share));

        deal.Retire(share);
        deal.Settle(share, 0);
        await AddAsync(deal, 1, from: 2);

        Assert.False(share.IsComplete);
        deal.Settle(share, 1);
        Assert.True(share.IsComplete);
        Assert.Empty(Dealt(share));
    }

    [Fact]
    public async Task Deal_AtTheEndOfAJob_LeavesPlacesFree()
    {
        using var deal = new TileDeal(8);
        var shares = new[] { deal.Open(16), deal.Open(16) };

        var adding = AddAsync(deal, 8);

        // Half of a half each; the others wait for the one that is faster.
        Assert.Equal([2, 2], shares.Select(share => share.Unanswered.Count));
        while (!deal.Done.IsCompleted)
        {
            foreach (var share in shares)
                if (share.Unanswered.Count > 0)
                    deal.Settle(share, share.Unanswered.Keys.First());
        }
        await adding;
        Assert.All(shares, share => Assert.True(share.IsComplete));
    }

    private static async Task AddAsync(TileDeal deal, int count, int from = 0)
    {
        for (var id = from; id < from + count; id++)
        {
            var tile = deal.Take(Layout, Job);
            tile.Tile.Id = (ulong)id;
            await deal.AddAsync(tile, CancellationToken.None);
        }
    }

    private static List<ulong> Dealt(TileDeal.Share share)
    {
        var ids = new List<ulong>();
        while (share.ToSend.TryRead(out var tile))
            ids.Add(tile.Tile.Id);
        return ids;
    }
}
