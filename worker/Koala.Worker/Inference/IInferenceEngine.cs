using Koala.Network;
using Koala.Worker.Batching;

namespace Koala.Worker.Inference;

/// <summary>
/// What the batcher asks of the device. Not thread-safe: one thread loads, runs and unloads it. Not disposable: the
/// container would dispose it on its own thread, even under a batch that outlives the shutdown.
/// </summary>
internal interface IInferenceEngine
{
    /// <summary>Loads and warms up every model.</summary>
    /// <exception cref="ArgumentException">There is no such device.</exception>
    /// <exception cref="InvalidOperationException">No model is usable; the text says why.</exception>
    EngineProfile Load();

    /// <summary>Enlarges tiles of one size with one model.</summary>
    /// <returns>
    /// For every tile, in order, what was asked for; null where the network's result was not finite.
    /// </returns>
    /// <exception cref="DeviceMemoryException">The device has not enough memory for the batch.</exception>
    /// <exception cref="DeviceLostException">The device does not work any more.</exception>
    TileAnswer?[] Run(BatchKey key, IReadOnlyList<TileWork> tiles);

    /// <summary>The loaded model of that id.</summary>
    ModelDescription Describe(string id);

    /// <summary>Loads models whose files have changed, beside the present ones, and warms them up. A file that is not usable changes nothing.</summary>
    /// <returns>The models that are to be used from now on; null where they are the same as before.</returns>
    ModelCatalog? Reload();

    /// <summary>Frees the models whose id is not among these.</summary>
    void Keep(IReadOnlySet<string> ids);

    /// <summary>An engine with the same models that computes on the processor, in its memory; null where this one does.</summary>
    IInferenceEngine? OnProcessor();

    /// <summary>Frees every model.</summary>
    void Unload();

    /// <summary>What the work so far took beside the computation. Read by any thread.</summary>
    DeviceUse Use => DeviceUse.None;
}

/// <summary>What an engine has taken beside its computation.</summary>
/// <param name="Transferred">Time in which pixels became tensors and results became bytes.</param>
/// <param name="MemoryBytes">Taken of the device's own memory, by all programs, after the last batch; null where it has none of its own.</param>
internal sealed record DeviceUse(TimeSpan Transferred, long? MemoryBytes)
{
    public static DeviceUse None { get; } = new(TimeSpan.Zero, null);
}

/// <summary>What a loaded engine is, has, and works best with.</summary>
/// <param name="Device">For people: "cpu (2 threads)".</param>
/// <param name="DefaultPrecision">Where a client names none.</param>
/// <param name="PreferredTileSide">In LR pixels, halo included.</param>
/// <param name="Batches">Where the user sets no other limits.</param>
/// <param name="Models">At least one.</param>
internal sealed record EngineProfile(
    string Device, Precision DefaultPrecision, int PreferredTileSide, BatchLimits Batches, ModelCatalog Models);

/// <summary>The device ran out of memory; smaller batches or tiles may still fit.</summary>
internal sealed class DeviceMemoryException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The device failed in a way that only a new process mends, such as a CUDA context after a fault.</summary>
internal sealed class DeviceLostException(string message, Exception? inner = null) : Exception(message, inner);
