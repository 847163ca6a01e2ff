using System.Drawing;

namespace Koala.Imaging.Output;

/// <summary>The part of an enlarged picture that is written, and what has to be enlarged for it.</summary>
/// <param name="Rows">The source's pixels whose enlargement arrives in rows: the part and what the filters see around it.</param>
/// <param name="Target">What these rows are reduced to, in pixels of the whole output.</param>
/// <param name="Written">What of that is written.</param>
internal sealed record OutputPart(Rectangle Rows, Size Target, Rectangle Written)
{
    // Source pixels that the enlargement of alpha sees to each side.
    private const int AlphaReach = 4;
    // Lobes of the filter that reduces.
    private const int ReductionReach = 3;

    /// <summary>For a picture of a size that is enlarged by a whole factor.</summary>
    public static OutputPart Of(int width, int height, int scale, ImageWriterOptions options)
    {
        var whole = new Size(options.Width ?? checked(width * scale), options.Height ?? checked(height * scale));
        if (options.Part is not { } part)
            return new OutputPart(new Rectangle(0, 0, width, height), whole, new Rectangle(Point.Empty, whole));

        var (across, down) = ((double)whole.Width / width, (double)whole.Height / height);
        var rows = part;
        rows.Inflate(Reach(across), Reach(down));
        rows.Intersect(new Rectangle(0, 0, width, height));
        var target = new Size(Pixels(rows.Width, across), Pixels(rows.Height, down));
        var written = new Rectangle(
            (int)Math.Round((part.X - rows.X) * across), (int)Math.Round((part.Y - rows.Y) * down), Pixels(part.Width, across), Pixels(part.Height, down));
        written.Intersect(new Rectangle(Point.Empty, target));
        return new OutputPart(rows, target, written);
    }

    private static int Reach(double factor) => AlphaReach + (int)Math.Ceiling(ReductionReach / factor);

    private static int Pixels(int length, double factor) => Math.Max(1, (int)Math.Round(length * factor));
}
