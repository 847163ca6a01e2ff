using System.Diagnostics;
using Koala.Network;
using Koala.Worker.Inference;

namespace Koala.Worker.Batching;

/// <summary>
/// Computes a batch and tells every job its outcome, such that a tile that fails takes no other with it: what fails
/// together is tried alone, what is not finite in bf16 is tried in fp32.
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
            outcomes = [.. batch.Select(_ => Failed(TileFailureKind.Computation, $"the device failed: {e.Message}"))];
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
        catch (Exception e) when (e is not DeviceLostException && tiles.Count > 1)
        {
            LogSplit(tiles.Count, key.Width, key.Height, e.Message);
            return [.. tiles.SelectMany(tile => Compute(key, [tile]))];
        }
        catch (DeviceMemoryException e)
        {
            var text = $"the device has not enough memory for a tile of {key.Width}x{key.Height}: {e.Message}";
            return [Failed(TileFailureKind.Memory, text)];
        }
        catch (Exception e) when (e is not DeviceLostException)
        {
            LogFailed(key.Model, key.Width, key.Height, e);
            return [Failed(TileFailureKind.Computation, $"the network could not be computed: {e.Message}")];
        }
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

    [LoggerMessage(LogLevel.Warning, "Batch of {Tiles} tiles of {Width}x{Height} failed, trying each alone: {Problem}")]
    private partial void LogSplit(int tiles, int width, int height, string problem);

    [LoggerMessage(LogLevel.Warning, "Model {Model} in {Precision}: result of a {Width}x{Height} tile not finite")]
    private partial void LogNotFinite(string model, Precision precision, int width, int height);

    [LoggerMessage(LogLevel.Error, "Model {Model}: tile of {Width}x{Height} failed")]
    private partial void LogFailed(string model, int width, int height, Exception exception);
}
