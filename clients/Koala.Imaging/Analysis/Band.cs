namespace Koala.Imaging.Analysis;

/// <summary>16 rows of a photograph, in levels of 8 bits.</summary>
internal sealed class Band(int width)
{
    /// <summary>Rows of a band; side of the blocks that noise is measured in.</summary>
    public const int Rows = 16;

    /// <summary>Green.</summary>
    public Plane Green { get; } = new(width);

    /// <summary>Red less green.</summary>
    public Plane RedToGreen { get; } = new(width);

    /// <summary>Blue less green.</summary>
    public Plane BlueToGreen { get; } = new(width);

    /// <summary>One value a pixel.</summary>
    internal sealed class Plane(int width)
    {
        private readonly float[] _values = new float[width * Rows];

        /// <summary>A row.</summary>
        public Span<float> this[int row] => _values.AsSpan(row * width, width);
    }
}
