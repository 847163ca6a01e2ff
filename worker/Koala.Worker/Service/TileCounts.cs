namespace Koala.Worker.Service;

/// <summary>Tiles answered since the worker started.</summary>
internal sealed class TileCounts
{
    private long _finished;
    private long _failed;

    public long Finished => Interlocked.Read(ref _finished);

    public long Failed => Interlocked.Read(ref _failed);

    public void Add(bool failed) => Interlocked.Increment(ref failed ? ref _failed : ref _finished);
}
