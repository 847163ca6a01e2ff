using System.Diagnostics;

namespace Koala.Worker.Batching;

/// <summary>
/// The tiles that wait for the device, in one lane per stream. Lanes are served in turn, interactive ones before the others,
/// so that a large image does not hold up a small one; tiles of all lanes that can share a batch do.
/// </summary>
/// <param name="pixels">LR pixels of each priority that may wait; further tiles wait to be let in.</param>
internal sealed class BatchQueue(long pixels)
{
    // So many batches of interactive tiles follow each other while others wait: those are slowed down, not stopped.
    private const int MostInARow = 4;

    private readonly object _gate = new();

    // Lanes that have tiles, for each priority; the one whose turn is next comes first.
    private readonly LinkedList<Lane>[] _turns = [new(), new()];
    private readonly QueueRoom[] _rooms = [new(pixels), new(pixels)];
    private int _interactiveInARow;
    private int _count;
    private long _pixels;
    private bool _interrupted;
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

    /// <summary>LR pixels of the tiles that wait.</summary>
    public long Pixels
    {
        get
        {
            lock (_gate)
                return _pixels;
        }
    }

    /// <summary>A stream's own lane; disposing it drops the tiles that still wait in it.</summary>
    public Lane OpenLane(LanePriority priority = LanePriority.Interactive) => new(this, priority);

    /// <summary>Lets <see cref="Take(BatchLimits)"/> return once without tiles: there is something else to do.</summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            _interrupted = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Lets <see cref="Take(BatchLimits)"/> return null from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Blocks until there is a batch, empty after an interruption; null once the queue is closed.</summary>
    public IReadOnlyList<TileJob>? Take(BatchLimits limits) => Take(limits, null, out _);

    /// <summary>As <see cref="Take(BatchLimits)"/>; empty, too, where nothing came for long enough.</summary>
    /// <param name="limits">Of the batch.</param>
    /// <param name="patience">How long that is; null for ever.</param>
    /// <param name="rested">Whether it is empty for that.</param>
    public IReadOnlyList<TileJob>? Take(BatchLimits limits, TimeSpan? patience, out bool rested)
    {
        var started = Stopwatch.GetTimestamp();
        rested = false;
        lock (_gate)
        {
            while (!_closed)
            {
                if (_interrupted)
                {
                    _interrupted = false;
                    return [];
                }
                if (Next() is not { } turns)
                {
                    var left = patience - Stopwatch.GetElapsedTime(started);
                    if (left <= TimeSpan.Zero)
                    {
                        rested = true;
                        return [];
                    }
                    Monitor.Wait(_gate, left ?? Timeout.InfiniteTimeSpan);
                    continue;
                }
                var job = turns.First!.Value.Jobs.Peek();
                var tiles = limits.TilesOf(job.Key);
                var delay = limits.MaxDelay - Stopwatch.GetElapsedTime(job.ArrivedAt);
                if (_count >= tiles || delay <= TimeSpan.Zero)
                {
                    _interactiveInARow = turns == _turns[(int)LanePriority.Interactive] ? _interactiveInARow + 1 : 0;
                    return Gather(turns, job.Key, tiles);
                }
                Monitor.Wait(_gate, delay);
            }
            return null;
        }
    }

    /// <summary>The lanes of the priority that is served next; null where nothing waits.</summary>
    private LinkedList<Lane>? Next()
    {
        var (interactive, others) = (_turns[(int)LanePriority.Interactive], _turns[(int)LanePriority.Batch]);
        if (interactive.Count > 0 && (others.Count == 0 || _interactiveInARow < MostInARow))
            return interactive;
        return others.Count > 0 ? others : null;
    }

    /// <summary>
    /// One matching tile of every lane in turn, then another round, until the batch is full or none matches; what is left
    /// of it is filled up from the other priority.
    /// </summary>
    private List<TileJob> Gather(LinkedList<Lane> first, BatchKey key, int tiles)
    {
        var batch = new List<TileJob>(tiles);
        Gather(first, key, tiles, batch);
        foreach (var turns in _turns)
        {
            if (turns != first)
                Gather(turns, key, tiles, batch);
        }
        return batch;
    }

    private void Gather(LinkedList<Lane> turns, BatchKey key, int tiles, List<TileJob> batch)
    {
        var served = new List<Lane>();
        for (var node = turns.First; node is not null && batch.Count < tiles;)
        {
            var (lane, following) = (node.Value, node.Next);
            if (lane.Jobs.Peek().Key == key)
            {
                batch.Add(TakeFrom(lane));
                served.Add(lane);
                turns.Remove(node);
            }
            node = following;
        }
        for (var before = -1; before < batch.Count && batch.Count < tiles;)
        {
            before = batch.Count;
            foreach (var lane in served)
            {
                if (batch.Count < tiles && lane.Jobs.TryPeek(out var job) && job.Key == key)
                    batch.Add(TakeFrom(lane));
            }
        }
        // Who was served queues up again behind those who were not.
        foreach (var lane in served.Where(lane => lane.Jobs.Count > 0))
            turns.AddLast(lane);
    }

    private TileJob TakeFrom(Lane lane)
    {
        var job = lane.Jobs.Dequeue();
        Left(lane.Priority, 1, job.Pixels);
        return job;
    }

    private void Left(LanePriority priority, int tiles, long pixels)
    {
        _count -= tiles;
        _pixels -= pixels;
        if (tiles > 0)
            _rooms[(int)priority].Leave(pixels);
    }

    /// <summary>The waiting tiles of one stream, first come first served.</summary>
    internal sealed class Lane(BatchQueue queue, LanePriority priority) : IDisposable
    {
        private bool _dropped;

        internal LanePriority Priority => priority;

        internal Queue<TileJob> Jobs { get; } = new();

        /// <summary>Adds a tile as soon as there is room.</summary>
        public async Task AddAsync(TileJob job, CancellationToken cancellationToken)
        {
            var pixels = job.Pixels;
            await queue._rooms[(int)priority].EnterAsync(pixels, cancellationToken);
            lock (queue._gate)
            {
                queue._count++;
                queue._pixels += pixels;
                if (_dropped)
                {
                    queue.Left(priority, 1, pixels);
                    return;
                }
                Jobs.Enqueue(job);
                if (Jobs.Count == 1)
                    queue._turns[(int)priority].AddLast(this);
                Monitor.PulseAll(queue._gate);
            }
        }

        public void Dispose()
        {
            lock (queue._gate)
            {
                _dropped = true;
                queue._turns[(int)priority].Remove(this);
                queue.Left(priority, Jobs.Count, Jobs.Sum(job => job.Pixels));
                Jobs.Clear();
            }
        }
    }
}
