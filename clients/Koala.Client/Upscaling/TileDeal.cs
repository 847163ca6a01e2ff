using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Koala.Client;

/// <summary>
/// Which tile of a job goes to which worker: the next one to the worker with the fewest unanswered tiles that has a place free. So every
/// worker gets as much as it computes. A tile that a lost worker has not answered goes to the next one.
/// </summary>
/// <param name="tiles">Tiles of the job.</param>
internal sealed class TileDeal(int tiles) : IDisposable
{
    private readonly Lock _gate = new();
    // By their ids, so that the first ones are the first again.
    private readonly SortedDictionary<ulong, SentTile> _waiting = [];
    private readonly List<Share> _shares = [];
    private readonly Stack<SentTile> _spare = [];
    // One that was never dealt may wait: what waits is cut and takes memory.
    private readonly SemaphoreSlim _room = new(1);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = tiles;

    /// <summary>Completes with the last answer.</summary>
    public Task Done => _done.Task;

    /// <summary>Tiles that were dealt once more.</summary>
    public int DealtAgain { get; private set; }

    /// <summary>A message for the next tile.</summary>
    public SentTile Take(TileLayout layout, UpscaleJob job)
    {
        lock (_gate)
            return _spare.TryPop(out var spare) ? spare : new SentTile(layout, job);
    }

    /// <summary>Adds a tile, as soon as the one before it is dealt.</summary>
    public async Task AddAsync(SentTile tile, CancellationToken stop)
    {
        await _room.WaitAsync(stop);
        lock (_gate)
        {
            tile.IsDealt = false;
            _waiting.Add(tile.Tile.Id, tile);
            Deal();
        }
    }

    /// <summary>Lets a worker take part.</summary>
    /// <param name="mostTiles">Tiles that it holds at most.</param>
    public Share Open(int mostTiles)
    {
        var share = new Share(mostTiles);
        lock (_gate)
        {
            _shares.Add(share);
            if (_left == 0)
                share.Complete();
            Deal();
        }
        return share;
    }

    /// <summary>A tile of a share was answered. One that is not of it is for others to wonder about.</summary>
    public void Settle(Share share, ulong id)
    {
        lock (_gate)
        {
            if (!share.Settle(id, out var tile))
                return;
            _spare.Push(tile);
            if (--_left == 0)
            {
                _shares.ForEach(each => each.Complete());
                _done.TrySetResult();
            }
            Deal();
        }
    }

    /// <summary>The worker gets no more tiles; its share is complete once it has answered those it has.</summary>
    public void Retire(Share share)
    {
        lock (_gate)
            share.Retire();
    }

    /// <summary>The worker is gone, and others get what it has not answered.</summary>
    public void Close(Share share)
    {
        lock (_gate)
        {
            _shares.Remove(share);
            DealtAgain += share.Unanswered.Count;
            foreach (var (id, tile) in share.Unanswered)
                _waiting.Add(id, tile);
            share.Unanswered.Clear();
            Deal();
        }
    }

    public void Dispose() => _room.Dispose();

    private void Deal()
    {
        while (_waiting.Count > 0 && _shares.Where(share => share.Unanswered.Count < PlacesOf(share)).MinBy(share => share.Unanswered.Count) is { } next)
        {
            var tile = _waiting.First().Value;
            _waiting.Remove(tile.Tile.Id);
            next.Add(tile);
            if (!tile.IsDealt)
                _room.Release();
            tile.IsDealt = true;
        }
    }

    /// <summary>
    /// All that the worker holds, or half of its part, by the pace so far, of what is left of the job: with full places a slow worker would
    /// still be busy with the last tiles when the others have long had nothing to do.
    /// </summary>
    private int PlacesOf(Share share)
    {
        if (share.IsRetired)
            return 0;
        var active = _shares.Where(other => !other.IsRetired).ToArray();
        if (active.Length == 1)
            return share.MostTiles;
        var usual = active.Where(other => other.Pace > 0).Select(other => other.Pace).DefaultIfEmpty(1).Average();
        var part = PaceOf(share) / active.Sum(PaceOf);
        return Math.Clamp((int)(_left * part / 2), 1, share.MostTiles);

        double PaceOf(Share other) => other.Pace > 0 ? other.Pace : usual;
    }

    /// <summary>What one worker has of the deal while a call to it is open.</summary>
    /// <param name="mostTiles">Tiles that it holds at most.</param>
    public sealed class Share(int mostTiles)
    {
        private readonly Channel<SentTile> _toSend = Channel.CreateUnbounded<SentTile>();
        private readonly long _opened = Stopwatch.GetTimestamp();
        private int _answered;

        /// <summary>Tiles to be sent, in turn; ends when the share is complete.</summary>
        public ChannelReader<SentTile> ToSend => _toSend.Reader;

        /// <summary>Whether no further tile comes, and all are answered.</summary>
        public bool IsComplete { get; private set; }

        internal int MostTiles { get; } = Math.Max(1, mostTiles);

        internal bool IsRetired { get; private set; }

        internal SortedDictionary<ulong, SentTile> Unanswered { get; } = [];

        /// <summary>Tiles a second; 0 before the first answer.</summary>
        internal double Pace => _answered / Stopwatch.GetElapsedTime(_opened).TotalSeconds;

        internal void Add(SentTile tile)
        {
            Unanswered.Add(tile.Tile.Id, tile);
            _toSend.Writer.TryWrite(tile);
        }

        internal bool Settle(ulong id, [MaybeNullWhen(false)] out SentTile tile)
        {
            if (!Unanswered.Remove(id, out tile))
                return false;
            _answered++;
            if (IsRetired && Unanswered.Count == 0)
                Complete();
            return true;
        }

        internal void Retire()
        {
            IsRetired = true;
            if (Unanswered.Count == 0)
                Complete();
        }

        internal void Complete()
        {
            IsComplete = true;
            _toSend.Writer.TryComplete();
        }
    }
}
