using Grpc.Core;
using Koala.Network;
using Koala.Protocol.V1;
using Koala.Worker.Batching;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Koala.Worker.Service;

namespace Koala.Worker.Page;

/// <summary>A picture of the status page enlarged: RGB rows of 8 bits from top to bottom.</summary>
internal sealed record Enlarged(byte[] Pixels, string Model, TileCost Cost);

/// <summary>The tile could not be computed; the text is the worker's own.</summary>
internal sealed class TryOutException(TileFailure failure) : Exception(failure.Message)
{
    public TileFailureKind Kind => failure.Kind;
}

/// <summary>
/// Enlarges one small picture for the status page: as one tile, through the queue that everybody's tiles go through, before those of
/// batches.
/// </summary>
internal sealed class TryOut(
    WorkerLifecycle lifecycle, BatchQueue queue, StreamGate gate, LoadedModels models, MemoryLimit memory, TileCounts counts, WorkerOptions options)
{
    /// <summary>
    /// Longest side of a picture in pixels: with the border that is put around it a tile as clients are told to send them. 0 while no
    /// model is loaded.
    /// </summary>
    public int LargestSide
    {
        get
        {
            if (!lifecycle.Ready.IsCompletedSuccessfully)
                return 0;
            var tile = options.Limits.ToMessage(lifecycle.Ready.Result.PreferredTileSide, memory.Pixels);
            var side = Math.Min((int)tile.PreferredTileSide, (int)Math.Sqrt(tile.MaxTilePixels));
            return Math.Max(0, side / InferenceModel.Alignment * InferenceModel.Alignment - 2 * models.Current.Max(model => Reflection.Border(model.HaloLr)));
        }
    }

    /// <summary>Enlarges a picture of no more than <see cref="LargestSide"/> by the first model of the scale.</summary>
    /// <param name="client">Whose it is, for the limit of streams.</param>
    /// <param name="scale">2 or 4.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="rgb">Rows of 8 bits from top to bottom.</param>
    /// <param name="cancellationToken">Drops the tile where it still waits.</param>
    /// <exception cref="TryOutException">The device could not compute it.</exception>
    public async Task<Enlarged> RunAsync(string client, int scale, int width, int height, byte[] rgb, CancellationToken cancellationToken)
    {
        using var open = lifecycle.OpenStream();
        using var entered = gate.Enter(client);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifecycle.Aborted);
        var profile = await lifecycle.Ready.WaitAsync(ended.Token);
        using var use = models.Open(scale, "");
        var tile = Surround(rgb, width, height, use.Model.HaloLr);
        var rules = new TileRules(PixelFormat.RgbU8, options.Limits.MaxTileSide, InferenceOptions.Plain) { Memory = memory };
        var key = new BatchKey(use.Model.Id, profile.DefaultPrecision, (int)tile.Width, (int)tile.Height);
        var computed = new TaskCompletionSource<TileOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var lane = queue.OpenLane();
        await lane.AddAsync(new TileJob(key, rules.Check(tile), computed.SetResult), ended.Token);
        var outcome = await computed.Task.WaitAsync(ended.Token);
        counts.Add(outcome.Failure?.Status ?? StatusCode.OK, tile.Id, outcome.Failure?.Message, "(status page)");
        return outcome.Failure is { } failure
            ? throw new TryOutException(failure)
            : new Enlarged(outcome.Answer!.Pixels!, use.Model.Name, outcome.Cost);
    }

    /// <summary>The picture continued by reflection, without which its edges would darken, as the wanted region of a tile.</summary>
    private static Tile Surround(byte[] rgb, int width, int height, int halo)
    {
        var border = Reflection.Border(halo);
        var (wide, high) = (border + width + Reflection.BorderAfter(width, halo), border + height + Reflection.BorderAfter(height, halo));
        var pixels = new byte[wide * high * 3];
        for (var y = 0; y < high; y++)
        {
            var row = rgb.AsSpan(Reflect(y - border, height) * width * 3, width * 3);
            for (var x = 0; x < wide; x++)
                row.Slice(Reflect(x - border, width) * 3, 3).CopyTo(pixels.AsSpan((y * wide + x) * 3));
        }
        return new Tile
        {
            Width = (uint)wide,
            Height = (uint)high,
            Pixels = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(pixels),
            Wanted = new Region { X = (uint)border, Y = (uint)border, Width = (uint)width, Height = (uint)height },
        };
    }

    /// <summary>Period 2·length: forwards, then backwards, the edge repeated.</summary>
    private static int Reflect(int place, int length)
    {
        var inPeriod = (place % (2 * length) + 2 * length) % (2 * length);
        return Math.Min(inPeriod, 2 * length - 1 - inPeriod);
    }
}
