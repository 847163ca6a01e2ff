using Koala.Client.CommandLine.Batches;

namespace Koala.Client.CommandLine.Estimates;

/// <summary>What enlarging a photograph would take.</summary>
/// <param name="Photo">The photograph.</param>
/// <param name="Width">Width of the output in pixels.</param>
/// <param name="Height">Height of the output in pixels.</param>
/// <param name="Tiles">Number of tiles.</param>
/// <param name="TilePixels">LR pixels of all tiles, halos included: what the device computes.</param>
/// <param name="MemoryBytes">Memory of this program, about.</param>
/// <param name="DiskBytes">The output without compression: no format takes much more.</param>
internal sealed record PhotoEstimate(PlannedPhoto Photo, int Width, int Height, int Tiles, long TilePixels, long MemoryBytes, long DiskBytes)
{
    // The program itself, with its libraries.
    private const long ProgramBytes = 100L << 20;

    // Answers are held, blended and collected as garbage: three times what two rows of tiles take.
    private const int HeldTimes = 3;

    /// <summary>Estimates.</summary>
    /// <param name="photo">The photograph; its size is known.</param>
    /// <param name="layouts">Its tiles, in every pass of the network.</param>
    /// <param name="output">Width and height of the output.</param>
    public static PhotoEstimate Of(PlannedPhoto photo, IReadOnlyList<TileLayout> layouts, (int Width, int Height) output)
    {
        // The last pass has the longest rows.
        var layout = layouts[^1];
        var rows = layout[0].Wanted.Height * 2L;
        var held = rows * output.Height / layout.Height * output.Width * 3 * photo.SampleBytes + (long)layout.TileHeight * layout.Width * 3 * photo.SampleBytes;
        return new PhotoEstimate(
            photo, output.Width, output.Height, layouts.Sum(pass => pass.Count), layouts.Sum(pass => (long)pass.Count * pass.TileWidth * pass.TileHeight),
            ProgramBytes + HeldTimes * held, (long)output.Width * output.Height * photo.Channels * photo.SampleBytes);
    }
}
