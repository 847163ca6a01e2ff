using System.Globalization;
using Koala.Imaging.Sheets;

namespace Koala.Client.CommandLine.Blurs;

/// <summary>
/// A blur map as people see it: the brighter, the wider the blur; the more colourful, the more it goes in one direction, which the hue
/// tells. Below it stands a legend.
/// </summary>
internal static class BlurPicture
{
    // White: as wide as the network was trained on, in HR pixels.
    private const double WidestSigma = 4;
    private const int Directions = 8;
    private const int Margin = 8;
    private const int ChipWidth = 28;
    private const int RampWidth = 160;
    private const int Bar = 14;

    private static readonly Rgb Background = Rgb.Grey(0.13);
    private static readonly Rgb Ink = Rgb.Grey(0.9);

    /// <summary>Draws it.</summary>
    public static RgbCanvas Draw(PhotoBlur blur)
    {
        var legend = Math.Max(2 * Margin + RampWidth, 2 * Margin + Directions * ChipWidth);
        var text = RgbCanvas.TextHeight;
        var canvas = new RgbCanvas(Math.Max(blur.Width, legend), blur.Height + 3 * Margin + 2 * Bar + 3 * text, Background);
        var map = SmoothBlur.Of(blur.Map, blur.Width);
        for (var i = 0; i < map.Length; i++)
            canvas[i % blur.Width, i / blur.Width] = Colour(map[i]);

        var top = blur.Height + Margin;
        for (var x = 0; x < RampWidth; x++)
        {
            var sigma = (float)(WidestSigma * x / (RampWidth - 1));
            canvas.Fill(Margin + x, top, 1, Bar, Colour(new Blur(sigma, sigma, 0)));
        }
        for (var sigma = 0; sigma <= WidestSigma; sigma++)
        {
            canvas.Text(Margin - 3 + (int)((RampWidth - 6) * sigma / WidestSigma), top + Bar, sigma.ToString(CultureInfo.InvariantCulture), Ink);
        }
        canvas.Text(Margin - 3, top + Bar + text - 3, $"sigma, pixels at ×{blur.Scale}", Ink);

        top += Bar + 2 * text + Margin;
        for (var i = 0; i < Directions; i++)
        {
            var angle = Math.PI * i / Directions;
            var left = Margin + i * ChipWidth;
            canvas.Fill(left, top, ChipWidth - 2, Bar, Colour(new Blur(4, 1.6f, (float)angle)));
            var (sin, cos) = Math.SinCos(angle);
            var (x, y) = (left + ChipWidth / 2 - 1, top + Bar / 2);
            canvas.Line(x - 6 * cos, y - 6 * sin, x + 6 * cos, y + 6 * sin, default);
        }
        canvas.Text(Margin - 3, top + Bar, "direction where it has one", Ink);
        return canvas;
    }

    /// <summary>The colour of a blur.</summary>
    internal static Rgb Colour(Blur blur)
    {
        // Nearly round is grey: a direction is then nothing but noise.
        var stretch = blur.SigmaMajor > 0 ? Math.Clamp(1.4 * (1 - blur.SigmaMinor / blur.SigmaMajor) - 0.2, 0, 1) : 0;
        return Rgb.OfHsv(blur.Angle / Math.PI, stretch, Math.Clamp(0.04 + 0.96 * Math.Sqrt(blur.SigmaMajor * blur.SigmaMinor) / WidestSigma, 0, 1));
    }
}
