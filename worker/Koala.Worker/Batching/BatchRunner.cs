using System.Diagnostics;
using Koala.Network;
using Koala.Worker.Inference;

namespace Koala.Worker.Batching;

/// <summary>
/// Computes a batch and tells every job its outcome, such that a tile that fails takes no other with it: what fails
/// together is tried in smaller batches, a tile too large for the device's memory in two halves, then on the processor; what
/// is not finite in bf16 is tried in fp32.
/// </summary>
internal sealed partial class BatchRunner(IInferenceEngine engine, ILogger<BatchRunner> logger)
{
    /// <exception cref="DeviceLostException">The device is lost; every job was told so.</exception>
    public void Run(IReadOnlyList<TileJob> batch)
    {
        var started = Stopwatch.GetTimestamp();
        DeviceLostException? lost = null;
        (TileAnswer? Answer, TileFailure? Failure)[] outcomes;
        try
        {
            outcomes = Compute(batch[0].Key, [.. batch.Select(job => job.Work)]);
        }
        catch (DeviceLostException e)
        {
            lost = e;
            outcomes = [.. batch.Select(_ => Failed(TileFailureKind.Device, $"the device failed: {e.Message}"))];
        }
        var computed = Stopwatch.GetElapsedTime(started);
        foreach (var (job, (answer, failure)) in batch.Zip(outcomes))
        {
            var queued = Stopwatch.GetElapsedTime(job.ArrivedAt, started);
            job.Completed(new TileOutcome(answer, failure, new TileCost(queued, computed, batch.Count)));
        }
        if (lost is not null)
            throw lost;
    }

    private (TileAnswer?, TileFailure?)[] Compute(BatchKey key, IReadOnlyList<TileWork> tiles)
    {
        try
        {
            var answers = engine.Run(key, tiles);
            return [.. answers.Select((answer, n) => answer is null ? NotFinite(key, tiles[n]) : (answer, null))];
        }
        catch (DeviceMemoryException e) when (tiles.Count > 1)
        {
            LogSplit(tiles.Count, key.Width, key.Height, e.Message);
            var half = tiles.Count / 2;
            return [.. Compute(key, [.. tiles.Take(half)]), .. Compute(key, [.. tiles.Skip(half)])];
        }
        catch (Exception e) when (e is not DeviceLostException && tiles.Count > 1)
        {
            LogSplit(tiles.Count, key.Width, key.Height, e.Message);
            return [.. tiles.SelectMany(tile => Compute(key, [tile]))];
        }
        catch (DeviceMemoryException e)
        {
            return [ComputeInHalves(key, tiles[0], e.Message)];
        }
        catch (Exception e) when (e is not DeviceLostException)
        {
            LogFailed(key.Model, key.Width, key.Height, e);
            return [Failed(TileFailureKind.Computation, $"the network could not be computed: {e.Message}")];
        }
    }

    private (TileAnswer?, TileFailure?) ComputeInHalves(BatchKey key, TileWork tile, string problem)
    {
        LogHalves(key.Width, key.Height, problem);
        var model = engine.Describe(key.Model);
        if (TileSplit.Of(key, tile, model) is not { } split)
            return ComputeOnProcessor(key, tile, problem);
        var (first, failure) = Compute(split.First.Key, [split.First.Work])[0];
        if (first is null)
            return (null, failure);
        (var second, failure) = Compute(split.Second.Key, [split.Second.Work])[0];
        return second is null ? (null, failure) : (split.Join(first, second, model.Scale), null);
    }

    private (TileAnswer?, TileFailure?) ComputeOnProcessor(BatchKey key, TileWork tile, string problem)
    {
        try
        {
            if (engine.OnProcessor() is { } processor && processor.Run(key with { Precision = Precision.Fp32 }, [tile])[0] is { } answer)
                return (answer, null);
        }
        catch (Exception e) when (e is DeviceMemoryException or InvalidOperationException or KeyNotFoundException)
        {
            problem = e.Message;
        }
        return Failed(TileFailureKind.Memory, $"the device has not enough memory for a tile of {key.Width}x{key.Height}: {problem}");
    }

    private (TileAnswer?, TileFailure?) NotFinite(BatchKey key, TileWork tile)
    {
        LogNotFinite(key.Model, key.Precision, key.Width, key.Height);
        return key.Precision == Precision.Fp32
            ? Failed(TileFailureKind.Computation, $"the result of model {key.Model} was not finite in fp32")
            : Compute(key with { Precision = Precision.Fp32 }, [tile])[0];
    }

    private static (TileAnswer?, TileFailure?) Failed(TileFailureKind kind, string message) =>
        (null, new TileFailure(kind, message));

    [LoggerMessage(LogLevel.Warning, "Batch of {Tiles} tiles of {Width}x{Height} failed, trying fewer at once: {Problem}")]
    private partial void LogSplit(int tiles, int width, int height, string problem);

    [LoggerMessage(LogLevel.Warning, "Tile of {Width}x{Height} does not fit into the device's memory, trying halves of it: {Problem}")]
    private partial void LogHalves(int width, int height, string problem);

    [LoggerMessage(LogLevel.Warning, "Model {Model} in {Precision}: result of a {Width}x{Height} tile not finite")]
    private partial void LogNotFinite(string model, Precision precision, int width, int height);

    [LoggerMessage(LogLevel.Error, "Model {Model}: tile of {Width}x{Height} failed")]
    private partial void LogFailed(string model, int width, int height, Exception exception);
}
