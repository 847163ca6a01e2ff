using Koala.Imaging.Sheets;

namespace Koala.Client.CommandLine.Blurs;

/// <summary>Estimated kernels where they lie, over the photograph, which is darkened (paper, Figs. 3 and 8).</summary>
internal static class KernelSheet
{
    // Pixels of a tap, and of the sheet from one kernel to the next.
    private const int TapSide = 3;
    private const int CellSide = BlurKernel.Side * TapSide + 12;
    private const int MostColumns = 16;
    private const int SmallestStep = 16;

    /// <summary>Pixels of a photograph from one kernel to the next, such that its longer side has sixteen at most.</summary>
    public static int StepFor(int width, int height) => Math.Max(SmallestStep, (Math.Max(width, height) + MostColumns - 1) / MostColumns);

    /// <summary>Draws it.</summary>
    /// <param name="photo">Path of the photograph.</param>
    /// <param name="blur">Its blur, with kernels.</param>
    public static RgbCanvas Draw(string photo, PhotoBlur blur)
    {
        var step = blur.Step ?? throw new ArgumentException("Expected kernels.", nameof(blur));
        var zoom = (double)CellSide / step;
        var canvas = RgbCanvas.OfPhotograph(photo, Math.Max(1, (int)(blur.Width * zoom)), Math.Max(1, (int)(blur.Height * zoom)));
        for (var y = 0; y < canvas.Height; y++)
            for (var x = 0; x < canvas.Width; x++)
                canvas[x, y] = Dark(canvas[x, y]);
        foreach (var (x, y, kernel) in blur.Result.Kernels)
            DrawKernel(canvas, (int)((x + 0.5) * zoom), (int)((y + 0.5) * zoom), kernel);
        return canvas;
    }

    private static void DrawKernel(RgbCanvas canvas, int x, int y, BlurKernel kernel)
    {
        var largest = 0f;
        foreach (var tap in kernel.Taps)
            largest = Math.Max(largest, tap);
        for (var i = 0; i < BlurKernel.Side; i++)
            for (var j = 0; j < BlurKernel.Side; j++)
            {
                var (left, top) = (x + (j - BlurKernel.Side / 2) * TapSide, y + (i - BlurKernel.Side / 2) * TapSide);
                // The root shows the flanks of a kernel beside its peak.
                var heat = Math.Sqrt(Math.Max(0, kernel.Taps[BlurKernel.Side * i + j]) / largest);
                for (var v = 0; v < TapSide; v++)
                    for (var u = 0; u < TapSide; u++)
                        canvas[left + u, top + v] = Over(canvas[left + u, top + v], heat);
            }
    }

    private static Rgb Dark(Rgb colour) => new((byte)(colour.R / 2), (byte)(colour.G / 2), (byte)(colour.B / 2));

    // From the photograph over red and yellow to white.
    private static Rgb Over(Rgb below, double heat)
    {
        return new Rgb(Mix(below.R, 3 * heat), Mix(below.G, 3 * heat - 1), Mix(below.B, 3 * heat - 2));

        byte Mix(byte value, double channel)
        {
            var opacity = Math.Clamp(2 * heat, 0, 1);
            return (byte)Math.Round(value * (1 - opacity) + 255 * Math.Clamp(channel, 0, 1) * opacity);
        }
    }
}
