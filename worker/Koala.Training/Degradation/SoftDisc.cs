namespace Koala.Training.Degradation;

/// <summary>Where the first of a patch's two blurs holds: a disc with a soft border. A large one is nearly a straight border.</summary>
/// <param name="X">Its middle in LR pixels.</param>
/// <param name="Y">Its middle in LR pixels.</param>
/// <param name="Radius">In LR pixels.</param>
/// <param name="Border">Width of the border over which the share falls from 1 to 0, in LR pixels.</param>
public readonly record struct SoftDisc(double X, double Y, double Radius, double Border)
{
    /// <summary>Anywhere in a patch, 0.1 to 0.7 of its side in radius, the border 1 to 8 pixels wide.</summary>
    public static SoftDisc Random(Random random, int side)
    {
        ArgumentNullException.ThrowIfNull(random);
        return new SoftDisc(side * random.NextDouble(), side * random.NextDouble(), side * (0.1 + 0.6 * random.NextDouble()), 1 + 7 * random.NextDouble());
    }

    /// <summary>The first blur's share at each pixel, 0 to 1, row by row.</summary>
    public void Fill(Span<float> shares, int side)
    {
        for (var y = 0; y < side; y++)
            for (var x = 0; x < side; x++)
                shares[y * side + x] = (float)Math.Clamp((Radius - Math.Sqrt((x - X) * (x - X) + (y - Y) * (y - Y))) / Border + 0.5, 0, 1);
    }
}
