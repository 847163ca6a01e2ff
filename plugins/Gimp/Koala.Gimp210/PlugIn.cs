using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Koala.Gimp210.Native.LibGimp;

namespace Koala.Gimp210;

/// <summary>The procedures as GIMP sees them: asked for what they are, and called.</summary>
internal static unsafe class PlugIn
{
    // What the last call returned; GIMP reads it after the call.
    private static readonly Parameter* Results = (Parameter*)NativeMemory.AllocZeroed(2, (nuint)sizeof(Parameter));

    /// <summary>Hands over to GIMP until the plug-in is not needed any more.</summary>
    /// <param name="arguments">Texts in UTF-8, ended by zero: those that GIMP started the program with.</param>
    public static int Run(nint[] arguments)
    {
        var info = new PlugInInfo { Query = &Query, Run = &Call };
        fixed (nint* texts = arguments)
            return GimpMain(&info, arguments.Length, (byte**)texts);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Query()
    {
        foreach (var procedure in Procedure.All)
        {
            ParameterDefinition[] parameters =
            [
                Definition(TypeInt32, "run-mode", "Interactive or not"),
                Definition(TypeImage, "image", "The image"),
                Definition(TypeDrawable, "drawable", "The layer"),
                Definition(TypeFloat, "strength", "Share of the network's picture, 0 to 1; the rest is the layer itself"),
                Definition(TypeFloat, "keep-blur", "Where the layer is blurred on purpose, share of the network's picture that gives way to the layer itself, 0 to 1"),
            ];
            ParameterDefinition[] results = [Definition(TypeImage, "result", "The image that holds the result")];
            fixed (ParameterDefinition* definitions = parameters, returned = results)
            {
                InstallProcedure(
                    procedure.Name, procedure.Blurb, "Sharpens what is out of focus by accident and leaves alone what is blurred on purpose (KOALAnet).",
                    "Koala.Plugins", "Koala.Plugins", "2026", procedure.MenuLabel, "RGB*, GRAY*", ProcedurePlugIn,
                    parameters.Length, results.Length, definitions, returned);
            }
            _ = MenuRegister(procedure.Name, "<Image>/Filters/Enhance");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Call(byte* name, int count, Parameter* parameters, int* resultCount, Parameter** results)
    {
        *results = Results;
        *resultCount = 2;
        Results[0] = new Parameter { Type = TypeStatus, Int32 = StatusSuccess };
        try
        {
            var procedure = Procedure.All.Single(p => p.Name == Marshal.PtrToStringUTF8((nint)name));
            if (count < 3)
                throw new PlugInException("Expected run-mode, image and drawable.");
            // "Repeat last" counts too: someone looks on.
            var interactive = parameters[0].Int32 != RunNonInteractive;
            var settings = count > 4 && !interactive ? new Settings(parameters[3].Float, parameters[4].Float) : Settings.Default;
            var result = procedure.Run(parameters[1].Int32, parameters[2].Int32, settings);
            if (interactive && result != parameters[1].Int32)
                _ = DisplayNew(result);
            DisplaysFlush();
            Results[1] = new Parameter { Type = TypeImage, Int32 = result };
        }
#pragma warning disable CA1031 // Nothing may pass through GIMP's C code: whatever it is becomes GIMP's error.
        catch (Exception error)
#pragma warning restore CA1031
        {
            var text = error is PlugInException or Client.KoalaException ? error.Message : $"Unexpected {error.GetType().Name}: {error.Message}";
            Results[0].Int32 = StatusExecutionError;
            Results[1] = new Parameter { Type = TypeString, Text = Marshal.StringToCoTaskMemUTF8(text) };
        }
    }

    private static ParameterDefinition Definition(int type, string name, string description) => new()
    {
        Type = type,
        Name = Marshal.StringToCoTaskMemUTF8(name),
        Description = Marshal.StringToCoTaskMemUTF8(description),
    };
}
