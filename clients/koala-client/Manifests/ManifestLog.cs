using System.Text;

namespace Koala.Client.CommandLine.Manifests;

/// <summary>
/// What was done in an output folder, a line each, in <c>.koala-manifest.jsonl</c>, and <c>.koala-manifest.2-of-8.jsonl</c> where
/// parts of a batch run beside each other. Lines are only ever appended.
/// </summary>
internal sealed class ManifestLog : IDisposable
{
    private readonly FileStream _file;

    private ManifestLog(FileStream file) => _file = file;

    /// <summary>Reads every manifest of a folder.</summary>
    /// <returns>The entries in the order of their times. Lines that are no entries are left out: one that was torn by a crash is work not done.</returns>
    /// <exception cref="CommandFailure">A manifest cannot be read.</exception>
    public static IReadOnlyList<ManifestEntry> Read(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        try
        {
            return
            [
                .. Directory.EnumerateFiles(folder, ".koala-manifest*.jsonl").Order(StringComparer.Ordinal)
                    .SelectMany(ReadLines)
                    .Select(ManifestEntry.TryParse)
                    .OfType<ManifestEntry>()
                    .OrderBy(entry => entry.Time),
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(
                ExitCode.OutputNotWritable, $"The manifest of '{folder}' cannot be read ({error.Message.TrimEnd('.')}); check its permissions.", error);
        }
    }

    /// <summary>Opens a manifest to append to; nobody else may append to it meanwhile.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="part">Name of the part of the batch, such as <c>2-of-8</c>; empty for the whole.</param>
    public static ManifestLog Open(string folder, string part)
    {
        var path = Path.Combine(folder, part == "" ? ".koala-manifest.jsonl" : $".koala-manifest.{part}.jsonl");
        // Without a buffer a line is one write, and whole or torn at the end of the file.
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            file.SetLength(EndOfLastLine(file));
            file.Seek(0, SeekOrigin.End);
            return new ManifestLog(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new CommandFailure(
                ExitCode.OutputNotWritable, $"The manifest '{path}' cannot be written ({error.Message.TrimEnd('.')}); check its permissions.", error);
        }
    }

    /// <summary>Appends an entry; it is on the disk when this returns.</summary>
    public void Append(ManifestEntry entry)
    {
        var line = Encoding.UTF8.GetBytes(entry.ToLine() + "\n");
        lock (_file)
        {
            try
            {
                _file.Write(line);
                _file.Flush(flushToDisk: true);
            }
            catch (IOException error)
            {
                throw new CommandFailure(
                    error.HResult is 28 or 122 or unchecked((int)0x80070070) ? ExitCode.DiskFull : ExitCode.OutputNotWritable,
                    $"The manifest '{_file.Name}' cannot be written ({error.Message.TrimEnd('.')}); free some space, or choose another folder.",
                    error);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // Other parts of the batch may be appending to it.
    private static IEnumerable<string> ReadLines(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    /// <summary>Where a program that was killed left off writing a line, its beginning is cut off.</summary>
    private static long EndOfLastLine(FileStream file)
    {
        var block = new byte[4096];
        for (var end = file.Length; end > 0;)
        {
            var start = Math.Max(0, end - block.Length);
            file.Position = start;
            file.ReadExactly(block, 0, (int)(end - start));
            var newline = block.AsSpan(0, (int)(end - start)).LastIndexOf((byte)'\n');
            if (newline >= 0)
                return start + newline + 1;
            end = start;
        }
        return 0;
    }
}
