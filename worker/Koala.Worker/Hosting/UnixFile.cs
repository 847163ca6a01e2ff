using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Koala.Worker.Hosting;

/// <summary>Owner and kind of a file, which .NET does not tell.</summary>
[SupportedOSPlatform("linux")]
internal static partial class UnixFile
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint Type = 1; // STATX_TYPE
    private const uint Owner = 8; // STATX_UID
    private const int TypeMask = 0xF000; // S_IFMT
    private const int Socket = 0xC000; // S_IFSOCK
    private const int Folder = 0x4000; // S_IFDIR

    /// <summary>Whether the path itself, not what a link there points to, is a socket.</summary>
    public static bool IsSocket(string path) => (Stat(path).Mode & TypeMask) == Socket;

    /// <summary>Whether the path itself is a folder of the user this process runs as.</summary>
    public static bool IsOwnFolder(string path)
    {
        var (mode, owner) = Stat(path);
        return (mode & TypeMask) == Folder && owner == EffectiveUser();
    }

    /// <summary>Zeros where the path does not exist or may not be looked at.</summary>
    private static (int Mode, uint Owner) Stat(string path)
    {
        // statx, because its structure is the same on every processor.
        Span<byte> stat = stackalloc byte[256];
        return StatX(CurrentDirectory, path, NoFollow, Type | Owner, ref MemoryMarshal.GetReference(stat)) == 0
            ? (MemoryMarshal.Read<ushort>(stat[28..]), MemoryMarshal.Read<uint>(stat[20..]))
            : (0, 0);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StatX(int folder, string path, int flags, uint mask, ref byte stat);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveUser();
}
