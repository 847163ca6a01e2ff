using TorchSharp;
using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>Sums of tensors, and arithmetic with numbers, in place of TorchSharp's own.</summary>
/// <remarks>
/// TorchSharp makes a native object of every number, even of the 1 by which sums multiply the second tensor, and does not hold on to it
/// while libtorch reads it: a garbage collection in that moment frees it, and the operation fails ("Unknown scalar type") or takes another
/// number. It happened about once in some thousand steps of training. Here the object lives until the operation is done.
/// </remarks>
public static class TensorArithmetic
{
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>t + other.</summary>
    public static Tensor Plus(this Tensor t, Tensor other)
    {
        ArgumentNullException.ThrowIfNull(t);
        return t.add(other, One);
    }

    /// <summary>Adds <paramref name="other"/> to the values of t itself.</summary>
    /// <returns>t.</returns>
    public static Tensor AddInPlace(this Tensor t, Tensor other)
    {
        ArgumentNullException.ThrowIfNull(t);
        return t.add_(other, One);
    }

    /// <summary>Adds <paramref name="other"/> · <paramref name="times"/> to the values of t itself.</summary>
    /// <returns>t.</returns>
    public static Tensor AddInPlace(this Tensor t, Tensor other, double times) => With(t, times, (tensor, scalar) => tensor.add_(other, scalar));

    /// <summary>Moves the values of t itself by <paramref name="share"/>, 0 to 1, of the way to <paramref name="target"/>.</summary>
    /// <returns>t.</returns>
    public static Tensor MoveTowards(this Tensor t, Tensor target, double share) =>
        With(t, 1 - share, (tensor, scalar) => tensor.mul_(scalar)).AddInPlace(target, share);

    /// <summary>t + number.</summary>
    public static Tensor Plus(this Tensor t, double number) => With(t, number, (tensor, scalar) => tensor.add(scalar, One));

    /// <summary>t · number.</summary>
    public static Tensor Times(this Tensor t, double number) => With(t, number, (tensor, scalar) => tensor.mul(scalar));

    /// <summary>t / number.</summary>
    public static Tensor Over(this Tensor t, double number) => With(t, number, (tensor, scalar) => tensor.div(scalar));

    /// <summary>t · t.</summary>
    public static Tensor Squared(this Tensor t)
    {
        ArgumentNullException.ThrowIfNull(t);
        return t.mul(t);
    }

    /// <summary>No value less than <paramref name="least"/>.</summary>
    public static Tensor AtLeast(this Tensor t, double least) => With(t, least, (tensor, scalar) => tensor.clamp_min(scalar));

    /// <summary>No value less than <paramref name="least"/> nor more than <paramref name="most"/>.</summary>
    public static Tensor Between(this Tensor t, double least, double most)
    {
        using var highest = most.ToScalar();
        return With(t, least, (tensor, lowest) => tensor.clamp(lowest, highest));
    }

    /// <summary>Whether each value is less than <paramref name="number"/>.</summary>
    public static Tensor IsLess(this Tensor t, double number) => With(t, number, (tensor, scalar) => tensor.lt(scalar));

    /// <summary>Sets all values of t to <paramref name="number"/>.</summary>
    public static void SetAll(this Tensor t, double number) => With(t, number, (tensor, scalar) => tensor.fill_(scalar));

    private static Tensor With(Tensor t, double number, Func<Tensor, Scalar, Tensor> operation)
    {
        ArgumentNullException.ThrowIfNull(t);
        using var scalar = number.ToScalar();
        return operation(t, scalar);
    }
}
