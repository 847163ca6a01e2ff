using System.Diagnostics;
using Koala.Worker.Inference;

namespace Koala.Worker.Batching;

/// <summary>A tile that waits for the device, and whom to tell what became of it.</summary>
/// <param name="Key">What it can share a batch with.</param>
/// <param name="Work">Its pixels.</param>
/// <param name="Completed">Called once, on the device's thread: it must not block. Never called for a dropped job.</param>
internal sealed record TileJob(BatchKey Key, TileWork Work, Action<TileOutcome> Completed)
{
    /// <summary>LR pixels of the tile.</summary>
    public long Pixels => (long)Key.Width * Key.Height;

    /// <summary>When the tile arrived, as a <see cref="Stopwatch"/> timestamp.</summary>
    public long ArrivedAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>The span of its stream. Default: none.</summary>
    public ActivityContext Trace { get; init; }
}
