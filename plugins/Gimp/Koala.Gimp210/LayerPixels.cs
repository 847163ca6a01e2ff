using System.Runtime.InteropServices;
using Koala.Client;
using static Koala.Gimp210.Native.LibGegl;
using static Koala.Gimp210.Native.LibGimp;

namespace Koala.Gimp210;

/// <summary>How the pixels of a layer are exchanged: its own primaries, at least its own depth, sRGB's tone curve.</summary>
internal sealed class LayerPixels
{
    public LayerPixels(int image, int layer)
    {
        var own = DrawableGetFormat(layer);
        var sample = Marshal.PtrToStringUTF8(GetName(FormatGetType(own, 0))) switch
        {
            "u8" => SampleType.U8,
            "u16" => SampleType.U16,
            _ => SampleType.F32,
        };
        var profile = ImageGetColorProfile(image);
        if (profile != 0)
            Unref(profile);
        // The profile's tone curve may be another: 8 bits would not survive the way there and back.
        if (sample == SampleType.U8 && profile != 0)
            sample = SampleType.U16;
        var (grey, alpha) = (DrawableIsGrey(layer) != 0, DrawableHasAlpha(layer) != 0);
        Format = new LayerFormat((grey ? 1 : 3) + (alpha ? 1 : 0), sample);
        // Without a space a name means sRGB and clips wide gamuts; "~" is sRGB's curve in any space.
        var text = Format.ToString();
        Babl = FormatWithSpace(grey ? text.Replace("Y", "Y~", StringComparison.Ordinal) : text.Replace("RGB", "R~G~B~", StringComparison.Ordinal), own);
    }

    /// <summary>For Koala.</summary>
    public LayerFormat Format { get; }

    /// <summary>The same for GEGL.</summary>
    public nint Babl { get; }
}
