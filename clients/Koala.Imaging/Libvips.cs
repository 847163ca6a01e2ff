using NetVips;

namespace Koala.Imaging;

/// <summary>libvips, set up for pictures that pass through once, in rows.</summary>
internal static class Libvips
{
    // Errors come back as exceptions; warnings would only be printed among the program's own output.
    private static readonly Log.LogDelegate Silence = (_, _, _) => { };

    private static readonly Lazy<bool> Settings = new(() =>
    {
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, Silence);
        // The cache would keep whole decoded pictures, and answer with the old one after a file has changed.
        Cache.Max = 0;
        // Rows are handed over one after the other; more threads only mean more rows in memory.
        NetVips.NetVips.Concurrency = 1;
        return true;
    });

    /// <summary>Must be called before the first picture is opened; later calls cost nothing.</summary>
    /// <exception cref="DllNotFoundException">libvips cannot be loaded.</exception>
    public static void Initialize() => _ = Settings.Value;

    /// <summary>A picture made smaller.</summary>
    /// <remarks>In floating point: libvips's integer kernels have weights that do not add up to one, and so change the
    /// brightness by up to 0.15 %.</remarks>
    public static Image Reduced(this Image image, int width, int height, Enums.Kernel kernel)
    {
        using var exact = image.Cast(Enums.BandFormat.Float);
        using var reduced = exact.Resize((double)width / image.Width, vscale: (double)height / image.Height, kernel: kernel);
        if (image.Format == Enums.BandFormat.Float)
            return reduced.Copy();
        using var rounded = reduced.Rint();
        return rounded.Cast(image.Format);
    }

    /// <summary>libvips's account of an error without its own line breaks.</summary>
    public static string Reason(Exception error)
    {
        var lines = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // The first line is NetVips's own "unable to call …".
        return lines.Length > 1 ? lines[1] : error.Message.ReplaceLineEndings(" ").TrimEnd();
    }
}
