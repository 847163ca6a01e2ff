namespace Koala.Client;

/// <summary>How far a job is.</summary>
/// <param name="TilesDone">Tiles that came back, their finished rows written.</param>
/// <param name="TilesTotal">Tiles of the image.</param>
/// <param name="MegapixelsTotal">Million LR pixels of the image.</param>
/// <param name="Elapsed">Time since the worker accepted the job.</param>
public sealed record UpscaleProgress(int TilesDone, int TilesTotal, double MegapixelsTotal, TimeSpan Elapsed)
{
    /// <summary>0.0 to 1.0.</summary>
    public double Fraction => (double)TilesDone / TilesTotal;

    /// <summary>Million LR pixels done; tiles are all of one size, so the share of tiles is that of pixels.</summary>
    public double MegapixelsDone => MegapixelsTotal * Fraction;

    /// <summary>Time left at the pace so far; <see langword="null"/> before the first tile is done.</summary>
    public TimeSpan? Remaining => TilesDone == 0 ? null : Elapsed * ((double)(TilesTotal - TilesDone) / TilesDone);
}
