using Koala.TestFiles;
using NetVips;

namespace Koala.EndToEnd.Tests.Gimp;

/// <summary>Pictures of every kind that layers are of.</summary>
internal static class GimpPictures
{
    private const int Width = 90;
    private const int Height = 60;

    /// <summary>Side of the tiles, halo included, for which large pictures are made.</summary>
    public const int TileSide = 256;

    // Two halos of the weights and what neighbours share are no part of a tile's own: the middle of a cell is then seen by one tile alone. With
    // other halos, more tiles would differ.
    private const int Halo = 48;
    private const int Overlap = 4;
    private const int Cell = TileSide - 2 * Halo - Overlap;

    // The square in a cell's middle stays out of what the neighbours' tiles see.
    private const int Margin = Halo + 10;

    /// <summary>Who made what <see cref="WriteWithArtist"/> writes.</summary>
    public const string Artist = "Ansel Adams";

    public static readonly string[] Kinds = ["rgb", "grey", "deep", "alpha", "adobe"];

    /// <summary>Writes KIND.png, 90×60: of 8 bits, or 16 (deep), with one channel (grey), a ramp of alpha, or the profile AdobeRGB.</summary>
    public static string WriteKind(this Desk desk, string kind)
    {
        using var rgb = Image.NewFromFile(desk.Picture("source.png", Width, Height));
        using var made = kind switch
        {
            "rgb" => rgb.Copy(),
            "grey" => rgb.ExtractBand(1).Copy(interpretation: Enums.Interpretation.Bw),
            "deep" => rgb.Cast(Enums.BandFormat.Ushort).Linear([257.0], [13.0]).Cast(Enums.BandFormat.Ushort).Copy(interpretation: Enums.Interpretation.Rgb16),
            "alpha" => rgb.Bandjoin(Image.Xyz(Width, Height).ExtractBand(0).Linear([6.0], [-140.0]).Cast(Enums.BandFormat.Uchar)).Copy(interpretation: Enums.Interpretation.Srgb),
            "adobe" => rgb.Mutate(image => image.Set(GValue.BlobType, "icc-profile-data", IccProfiles.AdobeRgb)),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such kind"),
        };
        made.WriteToFile(desk.File($"{kind}.png"));
        return desk.File($"{kind}.png");
    }

    /// <summary>Writes a JPEG, 90×60, whose EXIF names an artist.</summary>
    public static string WriteWithArtist(this Desk desk, string name)
    {
        using var image = Image.NewFromFile(desk.Picture("source.png", Width, Height));
        using var signed = image.Mutate(i => i.Set(GValue.GStrType, "exif-ifd0-Artist", Artist));
        signed.WriteToFile(desk.File(name));
        return desk.File(name);
    }

    /// <summary>Writes a picture, 90×60, whose right half is out of focus.</summary>
    public static string WriteHalfBlurred(this Desk desk, string name)
    {
        using var sharp = Image.NewFromFile(desk.Picture("source.png", Width, Height));
        using var soft = sharp.Gaussblur(4).ExtractArea(Width / 2, 0, Width / 2, Height);
        using var both = sharp.Insert(soft, Width / 2, 0);
        both.WriteToFile(desk.File(name));
        return desk.File(name);
    }

    /// <summary>Side of a large picture of so many cells.</summary>
    public static int LargeSide(int cells) => cells * Cell + Overlap;

    /// <summary>
    /// Writes a square picture in which one cell is repeated with a light or a dark square in its middle, in no order: rows or columns at the wrong
    /// place show, and few tiles differ.
    /// </summary>
    public static string WriteLarge(this Desk desk, string name, int cells)
    {
        using var cell = Image.NewFromFile(desk.Picture("cell.png", Cell, Cell));
        using var square = cell.Crop(Margin, Margin, Cell - 2 * Margin, Cell - 2 * Margin);
        Image With(double light) => cell.Insert(square.Linear([0.5], [light]).Cast(Enums.BandFormat.Uchar), Margin, Margin).CopyMemory();
        Image[] both = [With(0), With(127)];
        var order = new Random(5);
        // One more on each side is cut off behind the overlap.
        using var joined = Image.Arrayjoin([.. Enumerable.Range(0, (cells + 1) * (cells + 1)).Select(_ => both[order.Next(2)])], across: cells + 1);
        using var cut = joined.Crop(0, 0, LargeSide(cells), LargeSide(cells));
        cut.WriteToFile(desk.File(name));
        return desk.File(name);
    }
}
