namespace Koala.Client;

/// <summary>The image's continuation beyond its border: symmetric, with the edge pixel repeated.</summary>
public static class Reflection
{
    /// <summary>
    /// The index inside 0 … <paramref name="length"/> − 1 that stands for <paramref name="index"/>: −1 → 0, −2 → 1,
    /// <paramref name="length"/> → <paramref name="length"/> − 1, and so on with a period of twice the length.
    /// </summary>
    /// <param name="index">Any position, inside or beyond.</param>
    /// <param name="length">Pixels of the image in this direction, at least 1.</param>
    public static int Index(int index, int length)
    {
        if ((uint)index < (uint)length)
            return index;
        var period = 2L * length;
        var phase = (index % period + period) % period;
        return (int)(phase < length ? phase : period - 1 - phase);
    }
}
