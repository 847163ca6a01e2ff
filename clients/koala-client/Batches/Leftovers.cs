using System.Text.RegularExpressions;

namespace Koala.Client.CommandLine.Batches;

/// <summary>The hidden files of outputs that were being written when a program was killed.</summary>
internal static partial class Leftovers
{
    // Longer than it takes to lock a file that was just created.
    private static readonly TimeSpan Youth = TimeSpan.FromSeconds(2);

    /// <summary>Removes those of the folders that a batch writes to. A file that a program still writes is locked, and stays.</summary>
    public static void Remove(BatchPlan plan)
    {
        foreach (var folder in plan.Photos.Select(photo => Path.GetDirectoryName(photo.Output)!).Distinct().Where(Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(folder, ".koala-*").Where(file => HiddenOutput().IsMatch(Path.GetFileName(file))))
                RemoveUnlessWritten(file);
        }
    }

    private static void RemoveUnlessWritten(string path)
    {
        try
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(path) < Youth)
                return;
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody writes it, or has finished or removed it.
        }
    }

    // The name that an output has until it is whole: a random one of eight and three characters.
    [GeneratedRegex(@"^\.koala-[a-z0-9]{8}\.[a-z0-9]{3}$")]
    private static partial Regex HiddenOutput();
}
