using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Koala.Network;

namespace Koala.Training.Data;

/// <summary>
/// All photographs of a folder, decoded once into one file that is mapped into memory: the operating system keeps what is used.
/// </summary>
public sealed unsafe class PhotographCache : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _pixels;

    private PhotographCache(string path, IReadOnlyList<Entry> entries)
    {
        Entries = entries;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _pixels);
    }

    /// <summary>The photographs.</summary>
    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>The same for the same photographs in the same order alone.</summary>
    public string Fingerprint => Convert.ToHexString(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Entries.Select(e => $"{e.Name} {e.Width}×{e.Height}")))), 0, 8);

    /// <summary>Opens the cache of a folder; decodes the photographs first if it is missing or the folder has changed.</summary>
    /// <param name="folder">Photographs, subfolders included.</param>
    /// <param name="cache">The file to make.</param>
    /// <param name="minimumSide">Smaller photographs are left out.</param>
    /// <param name="log">Gets a line for every photograph that is left out.</param>
    /// <param name="cancellation">Stops between photographs; what was there before stays.</param>
    /// <exception cref="InvalidDataException">No photograph is left.</exception>
    public static PhotographCache Open(string folder, string cache, int minimumSide, Action<string> log, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        var files = Photograph.FilesIn(folder);
        var index = cache + ".json";
        var stamp = string.Join('\n', files.Select(f => $"{Path.GetRelativePath(folder, f)} {new FileInfo(f).Length}"));
        var known = ReadIndex(index, cache);
        if (known is null || known.Stamp != stamp || known.MinimumSide != minimumSide)
        {
            var decoded = cache + ".tmp";
            List<Entry> entries;
            try
            {
                entries = Decode(folder, files, decoded, minimumSide, log, cancellation);
            }
            catch
            {
                File.Delete(decoded);
                throw;
            }

            // Without an index in between: a kill leaves no index beside pixels that it is not of.
            File.Delete(index);
            File.Move(decoded, cache, overwrite: true);
            known = new Index(stamp, minimumSide, new FileInfo(cache).Length, entries);
            WholeFile.Write(index, file => JsonSerializer.Serialize(file, known));
        }

        return known.Entries.Count > 0
            ? new PhotographCache(cache, known.Entries)
            : throw new InvalidDataException($"{folder}: no photograph of at least {minimumSide}×{minimumSide} pixels");
    }

    /// <summary>Bytes of a row from pixel <paramref name="x"/> on; valid as long as the cache.</summary>
    public ReadOnlySpan<byte> Row(Entry entry, int y, int x, int width)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new ReadOnlySpan<byte>(_pixels + entry.Offset + 3L * ((long)y * entry.Width + x), 3 * width);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    // Null for none that can be used.
    private static Index? ReadIndex(string index, string cache)
    {
        if (!File.Exists(index) || !File.Exists(cache))
            return null;
        try
        {
            return JsonSerializer.Deserialize<Index>(File.ReadAllText(index)) is { } read && read.Bytes == new FileInfo(cache).Length ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<Entry> Decode(
        string folder, IReadOnlyList<string> files, string decoded, int minimumSide, Action<string> log, CancellationToken cancellation)
    {
        var entries = new List<Entry>();
        using var output = File.Create(decoded);
        foreach (var path in files)
        {
            cancellation.ThrowIfCancellationRequested();
            var name = Path.GetRelativePath(folder, path);
            try
            {
                var photograph = Photograph.Read(path);
                if (Math.Min(photograph.Width, photograph.Height) < minimumSide)
                {
                    log($"left out: {name}: {photograph.Width}×{photograph.Height} is smaller than {minimumSide}×{minimumSide}");
                    continue;
                }

                entries.Add(new Entry(name, photograph.Width, photograph.Height, output.Position));
                output.Write(photograph.Pixels);
            }
            catch (InvalidDataException e)
            {
                log($"left out: {e.Message}");
            }
        }

        return entries;
    }

    /// <summary>Where a photograph lies in the cache.</summary>
    /// <param name="Name">Path in the folder.</param>
    /// <param name="Width">Pixels of a row.</param>
    /// <param name="Height">Rows.</param>
    /// <param name="Offset">First byte.</param>
    public sealed record Entry(string Name, int Width, int Height, long Offset);

    private sealed record Index(string Stamp, int MinimumSide, long Bytes, IReadOnlyList<Entry> Entries);
}
