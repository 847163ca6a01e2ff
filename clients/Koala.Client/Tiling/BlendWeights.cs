namespace Koala.Client;

/// <summary>
/// The weights with which neighbours' overlapping pixels are summed: linear ramps in whole numbers, so that the weights of
/// one pixel add up to <see cref="Sum"/> exactly, and equal pixels stay equal.
/// </summary>
/// <param name="overlapHr">HR pixels that two neighbours share; 0 where they only touch.</param>
internal readonly struct BlendWeights(int overlapHr)
{
    /// <summary>What the weights of one pixel add up to.</summary>
    public int Sum => overlapHr == 0 ? 1 : 2 * overlapHr;

    /// <summary>The weight of the later of two neighbours at a distance from the start of their overlap.</summary>
    public static int Rising(int distance) => 2 * distance + 1;

    /// <summary>The weights of all pixels of a tile along one direction.</summary>
    /// <param name="lengthHr">HR pixels of the tile.</param>
    /// <param name="first">Whether no neighbour comes before.</param>
    /// <param name="last">Whether none comes after.</param>
    public double[] Along(int lengthHr, bool first, bool last)
    {
        var weights = new double[lengthHr];
        Array.Fill(weights, Sum);
        for (var i = 0; i < overlapHr; i++)
        {
            if (!first)
                weights[i] = Rising(i);
            if (!last)
                weights[^(i + 1)] = Rising(i);
        }
        return weights;
    }
}
