using System.Globalization;
using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Checks;

/// <summary>
/// How well a result explains its photograph: blurred by the estimated kernels and reduced, it should be the photograph again. That proves
/// that the two are consistent, not that the result is true.
/// </summary>
/// <param name="Psnr">In dB, over all tiles; 120 stands for no difference.</param>
/// <param name="Tiles">In dB each; at least one.</param>
/// <param name="Threshold">The least that is wanted, in dB; null where nothing is.</param>
internal sealed record CheckScore(double Psnr, IReadOnlyList<TileDecibels> Tiles, double? Threshold)
{
    // Numbers in JSON are finite.
    private const double MostDecibels = 120;

    /// <summary>Whether it is as good as wanted.</summary>
    public bool Passed => !(Psnr < Threshold);

    /// <summary>The tile with the lowest score.</summary>
    public TileDecibels Lowest => Tiles.MinBy(tile => tile.Psnr)!;

    /// <summary>Of a result; null where it was not checked.</summary>
    public static CheckScore? Of(UpscaleResult result, UpscaleSettings settings) => result.Psnr is not { } psnr
        ? null
        : new CheckScore(
            Math.Min(psnr, MostDecibels),
            [.. result.Scores.Select(score => new TileDecibels(score.Region, Math.Min(score.Psnr, MostDecibels)))],
            settings.CheckThreshold);

    /// <summary>Such as <c>check 41.2 dB</c>, and what is wrong with it.</summary>
    public string Short => Invariant($"check {Psnr:0.0} dB{(Passed ? "" : Invariant($", less than the {Threshold:0.0} that are wanted"))}");

    /// <summary>A line for people.</summary>
    public string Line => Invariant($"Check: {Psnr:0.0} dB, lowest tile {Lowest.Psnr:0.0} dB at {Lowest.Region.X},{Lowest.Region.Y},{Lowest.Region.Width},{Lowest.Region.Height}. ")
        + "So well does the result, blurred by the estimated kernels and reduced, give the photo back: it proves consistency, not truth.";

    /// <summary>What a command ends with where it is less than wanted.</summary>
    /// <param name="output">The result's path.</param>
    public CommandFailure Failure(string output) => new(
        ExitCode.CheckFailed,
        Invariant($"'{output}' is written, but explains its photo with {Psnr:0.0} dB, less than the {Threshold:0.0} of --check-threshold; ")
            + "look at it (--check-map FILE shows where), or enlarge again with --consistent 3.");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The score of a tile.</summary>
/// <param name="Region">In pixels of the photograph.</param>
/// <param name="Psnr">In dB.</param>
internal sealed record TileDecibels(PixelRegion Region, double Psnr);
