using System.Buffers.Binary;
using System.Text;

namespace Koala.Imaging.Colour;

/// <summary>The part of an ICC profile that the way to the network and back needs: its tone curves.</summary>
internal static class IccProfile
{
    private const int HeaderBytes = 128;

    /// <summary>Tone curves of an RGB or grey profile that is built from them (matrix-shaper, grey).</summary>
    /// <param name="profile">The whole profile.</param>
    /// <param name="channels">1 or 3: those of the picture.</param>
    /// <returns>
    /// One a channel. <see langword="null"/> for a profile of another number of channels, and for one that goes by tables
    /// over all channels together (A2B0): these have no curve of their own to exchange.
    /// </returns>
    public static ToneCurve[]? ToneCurves(ReadOnlySpan<byte> profile, int channels)
    {
        if (profile.Length < HeaderBytes + 4)
            return null;
        var space = Encoding.ASCII.GetString(profile.Slice(16, 4));
        if (space != (channels == 1 ? "GRAY" : "RGB ") || !Tag(profile, "A2B0"u8).IsEmpty)
            return null;
        string[] tags = channels == 1 ? ["kTRC"] : ["rTRC", "gTRC", "bTRC"];
        var curves = new List<ToneCurve>();
        foreach (var tag in tags)
        {
            if (ToneCurve.Parse(Tag(profile, Encoding.ASCII.GetBytes(tag))) is { } curve)
                curves.Add(curve);
        }
        return curves.Count == channels ? [.. curves] : null;
    }

    /// <summary>Data of a tag; empty if there is none.</summary>
    private static ReadOnlySpan<byte> Tag(ReadOnlySpan<byte> profile, ReadOnlySpan<byte> signature)
    {
        var count = BinaryPrimitives.ReadUInt32BigEndian(profile[HeaderBytes..]);
        for (var entry = HeaderBytes + 4; count > 0 && entry + 12 <= profile.Length; count--, entry += 12)
        {
            if (!profile.Slice(entry, 4).SequenceEqual(signature))
                continue;
            var offset = BinaryPrimitives.ReadUInt32BigEndian(profile[(entry + 4)..]);
            var size = BinaryPrimitives.ReadUInt32BigEndian(profile[(entry + 8)..]);
            return (long)offset + size <= profile.Length ? profile.Slice((int)offset, (int)size) : default;
        }
        return default;
    }
}
