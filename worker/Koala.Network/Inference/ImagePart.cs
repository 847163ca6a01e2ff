using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>A rectangle of an LR image, in its pixels.</summary>
/// <param name="Y">First row.</param>
/// <param name="X">First column.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct ImagePart(long Y, long X, long Height, long Width)
{
    /// <summary>All of an image (…, H, W).</summary>
    internal static ImagePart Whole(Tensor image) => new(0, 0, image.shape[^2], image.shape[^1]);

    /// <summary>The smallest rectangle with this and another in it.</summary>
    public ImagePart With(ImagePart other)
    {
        var (y, x) = (Math.Min(Y, other.Y), Math.Min(X, other.X));
        return new(y, x, Math.Max(Y + Height, other.Y + other.Height) - y, Math.Max(X + Width, other.X + other.Width) - x);
    }

    /// <summary>The same rectangle seen from the corner of another.</summary>
    public ImagePart Within(ImagePart outer) => this with { Y = Y - outer.Y, X = X - outer.X };

    /// <summary>A view of this part of an image (…, sH, sW).</summary>
    /// <param name="image">The image.</param>
    /// <param name="scale">Its pixels for each of this rectangle's.</param>
    public Tensor Of(Tensor image, int scale = 1)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (this == new ImagePart(0, 0, image.shape[^2] / scale, image.shape[^1] / scale))
            return image.alias();
        using var rows = image.narrow(image.dim() - 2, scale * Y, scale * Height);
        return rows.narrow(image.dim() - 1, scale * X, scale * Width);
    }

    /// <summary>From a row and a column on that are multiples of <paramref name="alignment"/>.</summary>
    internal ImagePart AlignedTo(long alignment) =>
        new(Y - Y % alignment, X - X % alignment, Height + Y % alignment, Width + X % alignment);

    /// <summary>With a margin on each side, as far as <paramref name="whole"/> has it.</summary>
    internal ImagePart Grown(long margin, ImagePart whole)
    {
        var (y, x) = (Math.Max(whole.Y, Y - margin), Math.Max(whole.X, X - margin));
        return new(
            y, x, Math.Min(whole.Y + whole.Height, Y + Height + margin) - y, Math.Min(whole.X + whole.Width, X + Width + margin) - x);
    }
}
