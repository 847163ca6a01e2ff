namespace Koala.Imaging.Sheets;

/// <summary>An 8-bit sRGB colour.</summary>
/// <param name="R">Red.</param>
/// <param name="G">Green.</param>
/// <param name="B">Blue.</param>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>A grey.</summary>
    /// <param name="value">0 to 1.</param>
    public static Rgb Grey(double value) => OfHsv(0, 0, value);

    /// <summary>From hue (red, yellow, green and so on from 0 to 1), saturation and value (0 to 1).</summary>
    public static Rgb OfHsv(double hue, double saturation, double value)
    {
        return new Rgb(Channel(5), Channel(3), Channel(1));

        byte Channel(int n)
        {
            var k = (n + 6 * hue) % 6;
            return (byte)Math.Round(255 * Math.Clamp(value * (1 - saturation * Math.Clamp(Math.Min(k, 4 - k), 0, 1)), 0, 1));
        }
    }
}
