using System.Runtime.InteropServices;
using System.Text;
using Koala.Gimp210;
using Koala.Gimp210.Native;

if (args.Length == 0)
{
    Console.Error.WriteLine("koala-upscale is a plug-in of GIMP 2.10 and is started by GIMP; \"koala-client gimp install\" puts it in place.");
    return 2;
}

RemoveDebuggersFiles();
Libraries.Register();
return PlugIn.Run([.. new[] { Environment.ProcessPath ?? "koala-upscale" }.Concat(args).Select(Text)]);

// GIMP keeps pointing at them as long as the program runs.
static nint Text(string argument)
{
    var bytes = Encoding.UTF8.GetBytes(argument + '\0');
    var text = Marshal.AllocHGlobal(bytes.Length);
    Marshal.Copy(bytes, 0, text, bytes.Length);
    return text;
}

// GIMP's Cancel kills this program, and what the runtime lays down for debuggers would stay behind for good.
static void RemoveDebuggersFiles()
{
    foreach (var kind in (string[])["dotnet-diagnostic", "clr-debug-pipe"])
        foreach (var file in Directory.EnumerateFiles(Path.GetTempPath(), $"{kind}-{Environment.ProcessId}-*"))
            File.Delete(file);
}
