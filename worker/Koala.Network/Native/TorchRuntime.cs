using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Koala.Network.Native;

/// <summary>Makes libtorch loadable and well-behaved before TorchSharp touches it.</summary>
public static partial class TorchRuntime
{
    /// <summary>Whether a patched copy of TorchSharp's native library is in use; for the log.</summary>
    public static string? PatchedLibrary { get; private set; }

    private static readonly Lazy<bool> Loaded = new(() =>
    {
        Prepare();
        return true;
    });

    /// <summary>
    /// Loads libtorch, once. Happens by itself before the first use of a type of this assembly; an assembly that may touch TorchSharp
    /// earlier calls it from a module initialiser of its own.
    /// </summary>
#pragma warning disable CA2255 // The one purpose of module initialisers in libraries: native code that must be there first.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Load() => _ = Loaded.Value;

    private static void Prepare()
    {
        if (!OperatingSystem.IsLinux())
            return;
        // Threads of OpenMP that spin for long after every convolution take the core from the local filtering's threads, and from
        // other programs: with a second program a step took ten times as long. Threads that never spin cost a tenth at 100×100
        // pixels. Read once, when libgomp is loaded; a user's own setting wins.
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = SetEnvironment("GOMP_SPINCOUNT", "3000", 0);
        // oneDNN keeps code and scratch memory for each of the last 1,024 layers and sizes of tiles that it computed: 100 MiB more after a
        // minute of pictures of all sizes, in pieces that let the heap grow for hours. Making them anew costs too little to be measured.
        _ = SetEnvironment("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128", 0);
        KeepFreedMemory();
        var folder = LibraryFolder();
        if (folder is null || SystemHasGlibcxx())
            return;
        // Dependencies first, by path: the copy does not lie beside them.
        foreach (var name in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so"])
            NativeLibrary.Load(Path.Combine(folder, name));
        PatchedLibrary = PatchedCopy(Path.Combine(folder, "libLibTorchSharp.so"));
        NativeLibrary.Load(PatchedLibrary);
    }

    // Every tile allocates and frees the same large blocks. By default glibc maps each anew, and the system clears its pages: a tenth
    // of the network's time for a 256×256 tile. The price is that a process keeps what its largest tile took,
    // until it is told to let go of it.
    private static void KeepFreedMemory()
    {
        const int trimThreshold = -1, mapThreshold = -3;
        try
        {
            _ = SetAllocatorOption(mapThreshold, int.MaxValue);
            _ = SetAllocatorOption(trimThreshold, int.MaxValue);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: its own way is as good.
        }
    }

    /// <summary>
    /// Gives memory that is free back to the system, for a process that rests. Otherwise it keeps what its tiles took, and gaps between
    /// tensors of many sizes add up to more in the course of hours.
    /// </summary>
    public static void ReleaseFreedMemory()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: there it has not been kept.
        }
    }

    private static string? LibraryFolder()
    {
        var application = AppContext.BaseDirectory;
        string[] candidates = [Path.Combine(application, "runtimes", "linux-x64", "native"), application];
        return candidates.FirstOrDefault(f => File.Exists(Path.Combine(f, "libLibTorchSharp.so")));
    }

    private static bool SystemHasGlibcxx()
    {
        // The versions that a libstdc++ offers are names in its string table.
        if (!NativeLibrary.TryLoad("libstdc++.so.6", out var library))
            return false;
        try
        {
            var path = File.ReadLines("/proc/self/maps")
                .Select(line => line[(line.LastIndexOf(' ') + 1)..])
                .FirstOrDefault(p => Path.GetFileName(p).StartsWith("libstdc++.so", StringComparison.Ordinal));
            return path is not null && File.ReadAllBytes(path).AsSpan().IndexOf("GLIBCXX_3.4.32\0"u8) >= 0;
        }
        finally
        {
            NativeLibrary.Free(library);
        }
    }

    [SupportedOSPlatform("linux")]
    private static string PatchedCopy(string library)
    {
        var image = File.ReadAllBytes(library);
        GlibcxxRequirement.MakeWeak(image);
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        try
        {
            return CachedCopy(image, Path.Combine(cache, "koala"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A home that cannot be written is common for services. A folder of an unpredictable name, as the file is code.
            return CachedCopy(image, Directory.CreateTempSubdirectory("koala-").FullName);
        }
    }

    [SupportedOSPlatform("linux")]
    private static string CachedCopy(byte[] image, string folder)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var copy = Path.Combine(folder, $"libLibTorchSharp-{Convert.ToHexStringLower(SHA256.HashData(image).AsSpan(0, 8))}.so");
        if (File.Exists(copy) && File.ReadAllBytes(copy).AsSpan().SequenceEqual(image))
            return copy;
        // Written aside and renamed: several programs may start for the first time at once.
        var temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.so");
        File.WriteAllBytes(temporary, image);
        File.Move(temporary, copy, overwrite: true);
        return copy;
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocatorOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nint pad);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
