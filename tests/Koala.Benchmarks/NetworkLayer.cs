namespace Koala.Benchmarks;

/// <summary>Convolutions of one shape in KOALAnet, as it computes for pictures alone (with the kernels' convolutions folded into one).</summary>
/// <param name="Name">What they are, for people.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Inputs">Input channels.</param>
/// <param name="Outputs">Output channels.</param>
/// <param name="Side">Side of the filters; 4 for the transposed ones of stride 2.</param>
/// <param name="Resolution">Side of their input over the side of the LR image.</param>
internal sealed record NetworkLayer(string Name, int Count, int Inputs, int Outputs, int Side, double Resolution)
{
    /// <summary>Floating-point operations of one, two for each multiply-add, counted as the plain convolution does them.</summary>
    public double Operations(int side) => 2.0 * Inputs * Outputs * Side * Side * Pixels(side);

    /// <summary>Bytes that one reads and writes at least, of values of <paramref name="size"/> bytes.</summary>
    public double Bytes(int side, int size) => size * ((double)Inputs * Outputs * Side * Side + Pixels(side) * (Inputs + Outputs * (Side == 4 ? 4 : 1)));

    /// <summary>Pixels of its input.</summary>
    public double Pixels(int side) => Resolution * Resolution * side * side;

    public static NetworkLayer[] Of(int scale) =>
    [
        new("colours → 64", 2, 3, 64, 3, 1),
        new("64 → 64", 45, 64, 64, 3, 1),
        new("64 → 64, folded kernels", 1, 64, 64, 5, 1),
        new("64 → 64, local filters", 5, 64, 64, 1, 1),
        new("64 → 49, local filters", 5, 64, 49, 1, 1),
        new("encoder 64 → 128", 1, 64, 128, 3, 0.5),
        new("coder 128 → 128", 8, 128, 128, 3, 0.5),
        new("bottleneck 128 → 256", 1, 128, 256, 3, 0.25),
        new("bottleneck 256 → 256", 2, 256, 256, 3, 0.25),
        new("up 256 → 128, transposed", 1, 256, 128, 4, 0.25),
        new("decoder 256 → 128", 1, 256, 128, 3, 0.5),
        new("up 128 → 64, transposed", 1, 128, 64, 4, 0.5),
        new("decoder 128 → 64", 1, 128, 64, 3, 1),
        new("heads 64 → 128", 2, 64, 128, 3, 1),
        new("filter head", 1, 128, 25 * scale * scale, 3, 1),
        .. scale == 4 ? (NetworkLayer[])[new("image head 32 → 64", 1, 32, 64, 3, 2), new("image head 16 → colours", 1, 16, 3, 3, 4)]
            : [new("image head 32 → colours", 1, 32, 3, 3, 2)],
    ];
}
