using NetVips;

namespace Koala.Imaging.Sheets;

/// <summary>Pictures side by side, each below its label, for people to compare.</summary>
/// <remarks>All have the size of the largest: smaller ones are enlarged by a cubic filter, as a viewer would show them. Transparent pictures lie on
/// dark grey. Samples and colour profile are those of the first picture.</remarks>
public static class ContactSheet
{
    private const int Gap = 8;
    private const int LargestLetters = 3;
    // Shares of white: dark enough not to dazzle beside a photograph, and readable on it.
    private const double Background = 0.13;
    private const double Letters = 0.9;

    /// <summary>Puts pictures together.</summary>
    /// <param name="cells">At least one; all with samples and channels of the same kind.</param>
    /// <param name="columns">Pictures in a row.</param>
    /// <returns>The sheet as a TIFF file.</returns>
    /// <exception cref="ArgumentException">There are no cells.</exception>
    public static byte[] Compose(IReadOnlyList<SheetCell> cells, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfZero(cells.Count, nameof(cells));
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        Libvips.Initialize();
        var pictures = cells.Select(cell => Opaque(Image.NewFromBuffer(cell.Picture))).ToArray();
        var (width, height) = (pictures.Max(picture => picture.Width), pictures.Max(picture => picture.Height));
        var labels = cells.Select(cell => cell.Label).ToArray();
        // As large as all labels fit, in steps of whole pixels; where a picture is narrower than its label the cells are as wide as that.
        var letters = Math.Clamp(width / labels.Max(label => LetterFont.Width(label)), 1, LargestLetters);
        var cellWidth = Math.Max(width, letters * labels.Max(label => LetterFont.Width(label)));
        var labelHeight = letters * LetterFont.Height;
        var framed = pictures.Zip(labels, (picture, label) =>
        {
            using var sized = Sized(picture, width, height);
            using var canvas = sized.Embed(
                (cellWidth - width) / 2, labelHeight, cellWidth, labelHeight + height, extend: Enums.Extend.Background, background: Shade(picture, Background));
            using var drawn = Draw(label, letters, like: picture);
            return canvas.Insert(drawn, 0, 0);
        }).ToArray();
        using var joined = Image.Arrayjoin(framed, across: columns, shim: Gap, background: Shade(pictures[0], Background));
        using var sheet = joined.Embed(
            Gap, Gap, joined.Width + 2 * Gap, joined.Height + 2 * Gap, extend: Enums.Extend.Background, background: Shade(pictures[0], Background));
        return sheet.TiffsaveBuffer();
    }

    private static Image Opaque(Image picture)
    {
        if (picture.Bands is not (2 or 4))
            return picture;
        using (picture)
            return picture.Flatten(background: Shade(picture, Background)[..1], maxAlpha: White(picture)).Cast(picture.Format);
    }

    private static Image Sized(Image picture, int width, int height) => (picture.Width, picture.Height) == (width, height)
        ? picture.Copy()
        : picture.Resize((double)width / picture.Width, vscale: (double)height / picture.Height, kernel: Enums.Kernel.Cubic);

    private static Image Draw(string label, int letters, Image like)
    {
        var (width, mask) = (LetterFont.Width(label), LetterFont.Draw(label));
        using var drawn = Image.NewFromMemoryCopy(mask, width, LetterFont.Height, 1, Enums.BandFormat.Uchar);
        using var large = drawn.Zoom(letters, letters);
        using var shades = large * (White(like) * (Letters - Background)) + White(like) * Background;
        using var grey = shades.Cast(like.Format);
        return like.Bands == 1 ? grey.Copy(interpretation: like.Interpretation) : grey.Bandjoin(grey, grey).Copy(interpretation: like.Interpretation);
    }

    private static double[] Shade(Image picture, double share) =>
        [.. Enumerable.Repeat(White(picture) * share, picture.Bands is 1 or 2 ? 1 : 3)];

    private static double White(Image picture) => SampleFormats.Of(picture.Format)!.Value.Max();
}
