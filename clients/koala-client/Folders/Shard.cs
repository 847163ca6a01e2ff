using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Koala.Client.CommandLine.Folders;

/// <summary>
/// One of several disjoint parts of a batch. The part a photograph belongs to follows from its relative path alone, so that other
/// photographs may come and go, and every machine decides alike.
/// </summary>
/// <param name="Number">Which part, from 1.</param>
/// <param name="Count">How many parts.</param>
internal readonly record struct Shard(int Number, int Count)
{
    /// <summary>Reads <c>i/n</c>.</summary>
    public static Shard? TryParse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 2 && TryCount(parts[0], out var number) && TryCount(parts[1], out var count) && number <= count
            ? new Shard(number, count)
            : null;

        static bool TryCount(string text, out int value) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;
    }

    /// <summary>Whether a photograph belongs to this part.</summary>
    public bool Has(InputFile file)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(file.PortablePath));
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)Count) == Number - 1;
    }

    /// <summary>As it is given: <c>2/8</c>.</summary>
    public override string ToString() => $"{Number}/{Count}";
}
