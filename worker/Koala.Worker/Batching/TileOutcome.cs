using Grpc.Core;
using Koala.Worker.Inference;

namespace Koala.Worker.Batching;

/// <summary>What became of a tile: its answer, or why there is none.</summary>
/// <param name="Answer">What was asked for, or null.</param>
/// <param name="Failure">Null where there is an answer.</param>
/// <param name="Cost">Of both.</param>
internal sealed record TileOutcome(TileAnswer? Answer, TileFailure? Failure, TileCost Cost);

/// <summary>Why a tile could not be computed, in one line.</summary>
internal sealed record TileFailure(TileFailureKind Kind, string Message)
{
    /// <summary>What its client is told.</summary>
    public StatusCode Status => Kind switch
    {
        TileFailureKind.Memory => StatusCode.ResourceExhausted,
        TileFailureKind.Device => StatusCode.Unavailable,
        _ => StatusCode.Internal,
    };
}

internal enum TileFailureKind
{
    /// <summary>The network's result was not finite, or it could not be computed at all.</summary>
    Computation,

    /// <summary>Not even the tile alone fitted into the device's memory.</summary>
    Memory,

    /// <summary>The device failed, and the worker leaves: another one can do it.</summary>
    Device,
}

/// <summary>Where a tile's time went.</summary>
/// <param name="Queued">From its arrival to the start of its batch.</param>
/// <param name="Computed">Of its whole batch, conversions included.</param>
/// <param name="BatchSize">Tiles in its batch.</param>
internal readonly record struct TileCost(TimeSpan Queued, TimeSpan Computed, int BatchSize);
