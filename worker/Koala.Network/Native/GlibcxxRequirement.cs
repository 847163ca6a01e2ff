using System.Buffers.Binary;
using System.Text;

namespace Koala.Network.Native;

/// <summary>
/// The version <c>GLIBCXX_3.4.32</c> that TorchSharp's native library names as needed without using it.
/// </summary>
/// <remarks>
/// The library was compiled against the headers of GCC 13.2, which leave a mark of that version in
/// <c>.gnu.version_r</c>, but no relocation refers to a symbol of it. The loader of a system with an older libstdc++
/// refuses the file all the same, unless the mark is weak (<c>VER_FLG_WEAK</c> in <c>vna_flags</c>). See the ELF
/// gABI and the Linux Standard Base, "Symbol Versioning".
/// </remarks>
internal static class GlibcxxRequirement
{
    /// <summary>The version that older systems lack.</summary>
    public const string Version = "GLIBCXX_3.4.32";

    private const int SectionDynamicSymbols = 11;
    private const int SectionRela = 4;
    private const int SectionVersionSymbols = 0x6fffffff;
    private const int SectionVersionNeeds = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    /// <summary>Marks the requirement as weak in a 64-bit little-endian ELF image.</summary>
    /// <param name="elf">The whole file; changed in place.</param>
    /// <returns>Whether the mark was found and set; false if the file does not name the version or has it weak.</returns>
    /// <exception cref="InvalidDataException">The image is no such ELF file, or really uses the version.</exception>
    public static bool MakeWeak(Span<byte> elf)
    {
        if (elf.Length < 64 || !elf[..6].SequenceEqual<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        try
        {
            var sections = ReadSections(elf);
            var needs = sections.FirstOrDefault(s => s.Type == SectionVersionNeeds);
            if (needs.Size == 0 || Find(elf, needs, sections[needs.Link]) is not { } entry)
                return false;
            RequireUnused(elf, sections, entry.Index);
            var flags = elf.Slice(entry.Offset + 4, 2);
            var value = BinaryPrimitives.ReadUInt16LittleEndian(flags);
            if ((value & WeakFlag) != 0)
                return false;
            BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(value | WeakFlag));
            return true;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("the ELF file's tables point outside of it", e);
        }
    }

    private static List<Section> ReadSections(ReadOnlySpan<byte> elf)
    {
        var start = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(elf[0x28..]));
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3a..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3c..]);
        var sections = new List<Section>(count);
        for (var i = 0; i < count; i++)
        {
            var header = elf.Slice(start + i * entrySize, 64);
            sections.Add(new Section(
                (int)BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
                checked((int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x18..])),
                checked((int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x20..])),
                (int)BinaryPrimitives.ReadUInt32LittleEndian(header[0x28..])));
        }

        return sections;
    }

    // Elf64_Verneed {version, count, file, aux, next}, followed by Elf64_Vernaux {hash, flags, other, name, next}.
    private static (int Offset, int Index)? Find(ReadOnlySpan<byte> elf, Section needs, Section strings)
    {
        for (var need = needs.Offset; ;)
        {
            var aux = need + (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(need + 8)..]);
            for (int i = BinaryPrimitives.ReadUInt16LittleEndian(elf[(need + 2)..]); i > 0; i--)
            {
                var name = elf[(strings.Offset + (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(aux + 8)..]))..];
                if (name[..name.IndexOf((byte)0)].SequenceEqual(Encoding.ASCII.GetBytes(Version)))
                    return (aux, BinaryPrimitives.ReadUInt16LittleEndian(elf[(aux + 6)..]));
                aux += (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(aux + 12)..]);
            }

            var next = (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(need + 12)..]);
            if (next == 0)
                return null;
            need += next;
        }
    }

    private static void RequireUnused(ReadOnlySpan<byte> elf, List<Section> sections, int versionIndex)
    {
        var versions = sections.First(s => s.Type == SectionVersionSymbols);
        var symbols = sections.FindIndex(s => s.Type == SectionDynamicSymbols);
        foreach (var section in sections.Where(s => s.Type == SectionRela && s.Link == symbols))
        {
            for (var offset = section.Offset; offset < section.Offset + section.Size; offset += 24)
            {
                var symbol = (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(offset + 12)..]);
                var version = BinaryPrimitives.ReadUInt16LittleEndian(elf[(versions.Offset + 2 * symbol)..]) & 0x7fff;
                if (symbol != 0 && version == versionIndex)
                    throw new InvalidDataException($"a relocation uses a symbol of {Version}: this system's libstdc++ is too old");
            }
        }
    }

    private readonly record struct Section(int Type, int Offset, int Size, int Link);
}
