using System.Security.Cryptography;

namespace Koala.Client.CommandLine.Manifests;

/// <summary>What a file held at some time.</summary>
/// <param name="Path">Where it was: an input as it was given, an output below the output folder with slashes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">When it was written last, in UTC, as exactly as the file system tells.</param>
/// <param name="Sha256">SHA-256 of the content in lower-case hexadecimal digits.</param>
internal sealed record FileState(string Path, long Size, DateTime Modified, string Sha256)
{
    /// <summary>Reads a file's state.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">The path to keep.</param>
    /// <exception cref="IOException">It cannot be read, or was changed meanwhile.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileState Of(string file, string path)
    {
        var before = new FileInfo(file);
        using var stream = File.OpenRead(file);
        var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        var after = new FileInfo(file);
        if (before.Length != after.Length || before.LastWriteTimeUtc != after.LastWriteTimeUtc)
            throw new IOException($"'{file}' is being written");
        return new FileState(path, after.Length, after.LastWriteTimeUtc, hash);
    }

    /// <summary>
    /// Whether a file still holds this. Size and time are looked at first: with both as they were the content is taken to be, and
    /// with another size it cannot be. In between the hash decides, as after a copy that has a new time.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="checksum">Whether the hash decides in any case.</param>
    public bool Holds(string file, bool checksum)
    {
        var now = new FileInfo(file);
        if (!now.Exists || now.Length != Size)
            return false;
        return !checksum && now.LastWriteTimeUtc == Modified || Of(file, Path).Sha256 == Sha256;
    }
}
