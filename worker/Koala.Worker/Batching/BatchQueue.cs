using System.Diagnostics;

namespace Koala.Worker.Batching;

/// <summary>
/// The tiles that wait for the device, in one lane per stream. Lanes are served in turn, so that a large image does not
/// hold up a small one; tiles of all lanes that can share a batch do.
/// </summary>
/// <param name="capacity">Tiles that may wait; further ones wait to be let in.</param>
internal sealed class BatchQueue(int capacity) : IDisposable
{
    private readonly object _gate = new();
    private readonly SemaphoreSlim _room = new(capacity);

    // Lanes that have tiles; the one whose turn is next comes first.
    private readonly LinkedList<Lane> _turns = new();
    private int _count;
    private bool _closed;

    /// <summary>Tiles that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>A stream's own lane; disposing it drops the tiles that still wait in it.</summary>
    public Lane OpenLane() => new(this);

    /// <summary>Lets <see cref="Take"/> return null from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Blocks until there is a batch; null once the queue is closed.</summary>
    public IReadOnlyList<TileJob>? Take(BatchLimits limits)
    {
        lock (_gate)
        {
            while (!_closed)
            {
                if (_turns.First is not { } next)
                {
                    Monitor.Wait(_gate);
                    continue;
                }
                var job = next.Value.Jobs.Peek();
                var tiles = limits.TilesOf(job.Key);
                var patience = limits.MaxDelay - Stopwatch.GetElapsedTime(job.ArrivedAt);
                if (_count >= tiles || patience <= TimeSpan.Zero)
                    return Gather(job.Key, tiles);
                Monitor.Wait(_gate, patience);
            }
            return null;
        }
    }

    public void Dispose() => _room.Dispose();

    /// <summary>One matching tile of every lane in turn, then another round, until the batch is full or none matches.</summary>
    private List<TileJob> Gather(BatchKey key, int tiles)
    {
        var batch = new List<TileJob>(tiles);
        var served = new List<Lane>();
        for (var node = _turns.First; node is not null && batch.Count < tiles;)
        {
            var (lane, following) = (node.Value, node.Next);
            if (lane.Jobs.Peek().Key == key)
            {
                batch.Add(lane.Jobs.Dequeue());
                served.Add(lane);
                _turns.Remove(node);
            }
            node = following;
        }
        for (var before = 0; before < batch.Count && batch.Count < tiles;)
        {
            before = batch.Count;
            foreach (var lane in served)
            {
                if (batch.Count < tiles && lane.Jobs.TryPeek(out var job) && job.Key == key)
                    batch.Add(lane.Jobs.Dequeue());
            }
        }
        // Who was served queues up again behind those who were not.
        foreach (var lane in served.Where(lane => lane.Jobs.Count > 0))
            _turns.AddLast(lane);
        Left(batch.Count);
        return batch;
    }

    private void Left(int tiles)
    {
        _count -= tiles;
        if (tiles > 0)
            _room.Release(tiles);
    }

    /// <summary>The waiting tiles of one stream, first come first served.</summary>
    internal sealed class Lane(BatchQueue queue) : IDisposable
    {
        private bool _dropped;

        internal Queue<TileJob> Jobs { get; } = new();

        /// <summary>Adds a tile as soon as there is room.</summary>
        public async Task AddAsync(TileJob job, CancellationToken cancellationToken)
        {
            await queue._room.WaitAsync(cancellationToken);
            lock (queue._gate)
            {
                queue._count++;
                if (_dropped)
                {
                    queue.Left(1);
                    return;
                }
                Jobs.Enqueue(job);
                if (Jobs.Count == 1)
                    queue._turns.AddLast(this);
                Monitor.PulseAll(queue._gate);
            }
        }

        public void Dispose()
        {
            lock (queue._gate)
            {
                _dropped = true;
                queue._turns.Remove(this);
                queue.Left(Jobs.Count);
                Jobs.Clear();
            }
        }
    }
}
