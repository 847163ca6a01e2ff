using System.Globalization;

namespace Koala.Imaging.Output;

/// <summary>Room on the disk, looked at before hours of work.</summary>
internal static class DiskSpace
{
    // Smaller files are simply tried: they cost little, and an estimate would only be wrong about them.
    private const long Small = 64 << 20;

    /// <summary>Makes sure that a file has room.</summary>
    /// <param name="bytes">About how many it will have.</param>
    /// <param name="folder">Where it will be.</param>
    /// <param name="path">What people call it.</param>
    /// <exception cref="ImageFileException">It has not.</exception>
    public static void Require(long bytes, string folder, string path)
    {
        if (bytes < Small || Free(folder) is not { } free || free >= bytes)
            return;
        throw new ImageFileException(
            ImageFileError.NotEnoughSpace,
            $"'{path}' needs about {Text(bytes)} and its disk has {Text(free)} free; free some space or choose another folder or format.");
    }

    private static long? Free(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A share without a drive's letter: it will show.
            return null;
        }
    }

    private static string Text(long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB ({bytes} bytes)");
}
