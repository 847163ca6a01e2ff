namespace Koala.Client;

/// <summary>The image's continuation beyond its border: symmetric, with the edge pixel repeated.</summary>
internal static class Reflection
{
    /// <summary>
    /// The index inside 0 … <paramref name="length"/> − 1 that stands for <paramref name="index"/>: −1 → 0, −2 → 1,
    /// <paramref name="length"/> → <paramref name="length"/> − 1, and so on with a period of twice the length.
    /// </summary>
    public static int Index(int index, int length)
    {
        if ((uint)index < (uint)length)
            return index;
        var period = 2L * length;
        var phase = (index % period + period) % period;
        return (int)(phase < length ? phase : period - 1 - phase);
    }
}
