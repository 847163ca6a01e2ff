using System.Reflection;
using System.Runtime.InteropServices;

namespace Koala.Gimp210.Native;

/// <summary>Names of GIMP's libraries on each system.</summary>
internal static class Libraries
{
    public const string Gimp = "gimp-2.0";
    public const string Gegl = "gegl-0.4";
    public const string Babl = "babl-0.1";
    public const string GObject = "gobject-2.0";

    /// <summary>Lets the names above be found; to be called before anything of them.</summary>
    public static void Register() => NativeLibrary.SetDllImportResolver(typeof(Libraries).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name is not (Gimp or Gegl or Babl or GObject))
            return 0;
        var file = OperatingSystem.IsWindows() ? $"lib{name}-0.dll" : $"lib{name}.so.0";
        return NativeLibrary.Load(file, assembly, path);
    }
}
