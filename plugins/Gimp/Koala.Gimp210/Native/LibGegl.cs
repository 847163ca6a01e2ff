using System.Runtime.InteropServices;

namespace Koala.Gimp210.Native;

/// <summary>What the plug-in uses of GEGL, babl and GObject.</summary>
internal static unsafe partial class LibGegl
{
    public const int AbyssNone = 0;
    public const int AbyssClamp = 1;

    [LibraryImport(Libraries.Gegl, EntryPoint = "gegl_init")]
    public static partial void Init(nint argc, nint argv);

    [LibraryImport(Libraries.Gegl, EntryPoint = "gegl_buffer_new")]
    public static partial nint BufferNew(in Rectangle extent, nint format);

    [LibraryImport(Libraries.Gegl, EntryPoint = "gegl_buffer_get")]
    public static partial void BufferGet(nint buffer, in Rectangle area, double scale, nint format, byte* pixels, int rowStride, int abyss);

    [LibraryImport(Libraries.Gegl, EntryPoint = "gegl_buffer_set")]
    public static partial void BufferSet(nint buffer, in Rectangle area, int level, nint format, byte* pixels, int rowStride);

    [LibraryImport(Libraries.Gegl, EntryPoint = "gegl_buffer_copy")]
    public static partial void BufferCopy(nint source, in Rectangle from, int abyss, nint destination, in Rectangle to);

    [LibraryImport(Libraries.Gegl, EntryPoint = "gegl_buffer_flush")]
    public static partial void BufferFlush(nint buffer);

    [LibraryImport(Libraries.Babl, EntryPoint = "babl_format_with_space", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint FormatWithSpace(string name, nint space);

    [LibraryImport(Libraries.Babl, EntryPoint = "babl_format", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Format(string name);

    [LibraryImport(Libraries.Babl, EntryPoint = "babl_fish")]
    public static partial nint Fish(nint from, nint to);

    [LibraryImport(Libraries.Babl, EntryPoint = "babl_process")]
    public static partial long Process(nint fish, byte* from, byte* to, CLong pixels);

    [LibraryImport(Libraries.Babl, EntryPoint = "babl_format_get_type")]
    public static partial nint FormatGetType(nint format, int component);

    [LibraryImport(Libraries.Babl, EntryPoint = "babl_get_name")]
    public static partial nint GetName(nint babl);

    [LibraryImport(Libraries.GObject, EntryPoint = "g_object_unref")]
    public static partial void Unref(nint value);

    [StructLayout(LayoutKind.Sequential)]
    public record struct Rectangle(int X, int Y, int Width, int Height);
}
