namespace Koala.Network.Tests;

/// <summary>One garbage collection after the other until it is disposed of: what nothing holds is freed at once.</summary>
internal sealed class GarbageCollections : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Thread _collector;

    public GarbageCollections()
    {
        _collector = new Thread(() =>
        {
            while (!_ended.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        _collector.Start();
    }

    public void Dispose()
    {
        _ended.Cancel();
        _collector.Join();
        _ended.Dispose();
    }
}
