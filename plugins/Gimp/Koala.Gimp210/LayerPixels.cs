using System.Runtime.InteropServices;
using Koala.Client;
using Koala.Gimp210.Native;
using static Koala.Gimp210.Native.LibGegl;
using static Koala.Gimp210.Native.LibGimp;

namespace Koala.Gimp210;

/// <summary>How the pixels of a layer are exchanged: its own primaries, at least its own depth, sRGB's tone curve.</summary>
/// <remarks>
/// GIMP 2.10 stores pixels without saying which space they are in: to GEGL a layer is sRGB whatever the image's profile. So pixels are read and
/// written as they are stored, and where there is a profile its tone curve is exchanged for sRGB's in between.
/// </remarks>
internal sealed unsafe class LayerPixels
{
    private readonly nint _stored;
    private readonly int _storedBytes;
    private readonly nint _toKoala;
    private readonly nint _fromKoala;

    public LayerPixels(int image, int layer)
    {
        var type = Marshal.PtrToStringUTF8(GetName(FormatGetType(DrawableGetFormat(layer), 0)));
        var sample = type switch { "u8" => SampleType.U8, "u16" => SampleType.U16, _ => SampleType.F32 };
        var stored = new LayerFormat(
            (DrawableIsGrey(layer) != 0 ? 1 : 3) + (DrawableHasAlpha(layer) != 0 ? 1 : 0), sample);
        _stored = BablFormat(stored, "'", 0);
        _storedBytes = stored.PixelBytes;
        Format = stored;

        var profile = ImageGetColorProfile(image);
        if (profile == 0)
            return;
        var space = ColorProfileIsLinear(profile) == 0 ? ColorProfileGetSpace(profile, IntentRelativeColorimetric, 0) : 0;
        Unref(profile);
        // Grey and table profiles have no space of babl's; their values go as they are.
        if (space == 0)
            return;
        // 8 bits would not survive another curve on the way there and back, nor 16 its steep foot.
        Format = stored with { Sample = sample == SampleType.U8 ? SampleType.U16 : SampleType.F32 };
        var (own, curved) = (BablFormat(stored, "'", space), BablFormat(Format, "~", space));
        (_toKoala, _fromKoala) = (Fish(own, curved), Fish(curved, own));
    }

    /// <summary>For Koala.</summary>
    public LayerFormat Format { get; }

    /// <summary>A buffer for pixels as the layer stores them.</summary>
    public nint NewBuffer(int width, int height) => BufferNew(new Rectangle(0, 0, width, height), _stored);

    /// <summary>Pixels of a buffer as Koala gets them.</summary>
    public void Read(nint buffer, in Rectangle area, Span<byte> rows)
    {
        fixed (byte* target = rows)
        {
            if (_toKoala == 0)
            {
                BufferGet(buffer, area, 1, _stored, target, area.Width * _storedBytes, AbyssClamp);
                return;
            }
            var pixels = new byte[area.Width * area.Height * _storedBytes];
            fixed (byte* source = pixels)
            {
                BufferGet(buffer, area, 1, _stored, source, area.Width * _storedBytes, AbyssClamp);
                _ = Process(_toKoala, source, target, new CLong(area.Width * area.Height));
            }
        }
    }

    /// <summary>Pixels from Koala into a buffer.</summary>
    public void Write(nint buffer, in Rectangle area, ReadOnlySpan<byte> rows)
    {
        fixed (byte* source = rows)
        {
            if (_fromKoala == 0)
            {
                BufferSet(buffer, area, 0, _stored, source, area.Width * _storedBytes);
                return;
            }
            var pixels = new byte[area.Width * area.Height * _storedBytes];
            fixed (byte* target = pixels)
            {
                _ = Process(_fromKoala, source, target, new CLong(area.Width * area.Height));
                BufferSet(buffer, area, 0, _stored, target, area.Width * _storedBytes);
            }
        }
    }

    /// <summary>babl's name of a format: <paramref name="mark"/> is ' for the space's own tone curve and ~ for sRGB's.</summary>
    private static nint BablFormat(LayerFormat format, string mark, nint space)
    {
        var name = format.ToString();
        name = format.IsGrey
            ? name.Replace("Y", $"Y{mark}", StringComparison.Ordinal)
            : name.Replace("RGB", $"R{mark}G{mark}B{mark}", StringComparison.Ordinal);
        return space == 0 ? LibGegl.Format(name) : FormatWithSpace(name, space);
    }
}
