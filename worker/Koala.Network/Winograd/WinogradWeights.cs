using static TorchSharp.torch;

namespace Koala.Network.Winograd;

/// <summary>
/// A convolution's weights where it is a product: filters of side r, 3 or 5, at the points 0, ±1, ±2 and ∞ in both directions
/// (Winograd; Lavin and Gray: "Fast Algorithms for Convolutional Neural Networks", F(4×4, 3×3), and F(2×2, 5×5) at the same points).
/// </summary>
internal sealed class WinogradWeights : IDisposable
{
    /// <summary>Side of what is transformed: m + r − 1 for results of side m.</summary>
    public const int Points = 6;

    /// <summary>Outputs whose weights lie together.</summary>
    public const int Panel = 16;

    private readonly Tensor _values;
    private readonly Tensor _bias;

    /// <param name="weight">(outputs, inputs, r, r), float32; as <see cref="WinogradConvolution.Fits"/> wants it.</param>
    /// <param name="bias">(outputs).</param>
    public WinogradWeights(Tensor weight, Tensor bias)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        (Outputs, Inputs, Side) = ((int)weight.shape[0], (int)weight.shape[1], (int)weight.shape[2]);
        var transform = Transform(Side);
        // G g Gᵀ of every filter g: one product with the Kronecker square of G, in float64 as its entries are no binary fractions.
        var filters = weight.to_type(ScalarType.Float64).reshape([Outputs * Inputs, Side * Side]);
        var transformed = kron(transform, transform).matmul(filters.t()).to_type(ScalarType.Float32);
        _values = transformed.view(Points * Points, Outputs / Panel, Panel, Inputs).permute(0, 1, 3, 2).contiguous().DetachFromDisposeScope();
        _bias = bias.detach().contiguous().clone().DetachFromDisposeScope();
    }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>r.</summary>
    public int Side { get; }

    /// <summary>m: pixels of the result, in each direction, of one transformed tile.</summary>
    public int TileSide => Points + 1 - Side;

    /// <summary>(36, outputs / 16, inputs, 16).</summary>
    public unsafe float* Values => _values.Pointer<float>();

    /// <summary>(outputs).</summary>
    public unsafe float* Bias => _bias.Pointer<float>();

    public void Dispose()
    {
        _values.Dispose();
        _bias.Dispose();
    }

    // G: row a of the finite points is (1, a, a², …) over the product of a's distances to the others, but for the signs.
    private static Tensor Transform(int side)
    {
        (double Point, double Factor)[] finite = [(0, 1 / 4.0), (1, -1 / 6.0), (-1, -1 / 6.0), (2, 1 / 24.0), (-2, 1 / 24.0)];
        var rows = new double[Points, side];
        for (var i = 0; i < finite.Length; i++)
            for (var j = 0; j < side; j++)
                rows[i, j] = finite[i].Factor * Math.Pow(finite[i].Point, j);
        rows[Points - 1, side - 1] = 1;
        return tensor(rows);
    }
}
