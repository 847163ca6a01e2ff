using Koala.Imaging.Output;
using NetVips;

namespace Koala.Imaging.Sheets;

/// <summary>A picture to draw maps, legends and labels on: 8-bit sRGB.</summary>
public sealed class RgbCanvas
{
    private readonly byte[] _pixels;

    /// <summary>A canvas of one colour.</summary>
    public RgbCanvas(int width, int height, Rgb background) : this(width, height, new byte[checked(3 * width * height)]) =>
        Fill(0, 0, width, height, background);

    private RgbCanvas(int width, int height, byte[] pixels) => (Width, Height, _pixels) = (width, height, pixels);

    /// <summary>In pixels.</summary>
    public int Width { get; }

    /// <summary>In pixels.</summary>
    public int Height { get; }

    /// <summary>Height of a line of text in pixels.</summary>
    public static int TextHeight => LetterFont.Height;

    /// <summary>A pixel; places outside are read as black and not written.</summary>
    public Rgb this[int x, int y]
    {
        get => Contains(x, y) ? new Rgb(_pixels[Place(x, y)], _pixels[Place(x, y) + 1], _pixels[Place(x, y) + 2]) : default;
        set
        {
            if (Contains(x, y))
                (_pixels[Place(x, y)], _pixels[Place(x, y) + 1], _pixels[Place(x, y) + 2]) = (value.R, value.G, value.B);
        }
    }

    /// <summary>A photograph brought to a size, upright, without transparency.</summary>
    /// <exception cref="ImageFileException">The file cannot be read.</exception>
    public static RgbCanvas OfPhotograph(string path, int width, int height)
    {
        using var file = PictureFile.Find(path);
        try
        {
            using var source = Source.NewFromFile(file.Content);
            using var sized = Image.ThumbnailSource(source, width, height: height, size: Enums.Size.Force);
            using var colours = sized.Colourspace(Enums.Interpretation.Srgb);
            using var opaque = colours.HasAlpha() ? colours.Flatten() : colours.Copy();
            using var bytes = opaque.Cast(Enums.BandFormat.Uchar);
            return new RgbCanvas(width, height, bytes.WriteToMemory<byte>());
        }
        catch (VipsException error)
        {
            throw file.Unreadable(error);
        }
    }

    /// <summary>Fills a rectangle.</summary>
    public void Fill(int left, int top, int width, int height, Rgb colour)
    {
        for (var y = top; y < top + height; y++)
            for (var x = left; x < left + width; x++)
                this[x, y] = colour;
    }

    /// <summary>Draws a line a pixel wide.</summary>
    public void Line(double x0, double y0, double x1, double y1, Rgb colour)
    {
        var steps = (int)Math.Ceiling(Math.Max(Math.Abs(x1 - x0), Math.Abs(y1 - y0)));
        for (var i = 0; i <= steps; i++)
            this[(int)Math.Round(x0 + (x1 - x0) * i / Math.Max(1, steps)), (int)Math.Round(y0 + (y1 - y0) * i / Math.Max(1, steps))] = colour;
    }

    /// <summary>Width of a text in pixels.</summary>
    public static int TextWidth(string text) => LetterFont.Width(text);

    /// <summary>Writes a line of text over what is there.</summary>
    public void Text(int left, int top, string text, Rgb colour)
    {
        var (mask, width) = (LetterFont.Draw(text), LetterFont.Width(text));
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i] != 0)
                this[left + i % width, top + i / width] = colour;
        }
    }

    /// <summary>Writes it to a file, whole or not at all; the extension is the format.</summary>
    /// <param name="path">The file.</param>
    /// <param name="input">A file that it must not be.</param>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <exception cref="ImageFileException">The file cannot be written, or its format is none for 8-bit colour.</exception>
    public void Save(string path, string input, bool overwrite)
    {
        CheckPlace(path, input, overwrite);
        using var image = Image.NewFromMemory(_pixels, Width, Height, 3, Enums.BandFormat.Uchar);
        using var colours = image.Copy(interpretation: Enums.Interpretation.Srgb);
        try
        {
            OutputFile.Write(path, input, overwrite, colours.WriteToBuffer(Path.GetExtension(path).ToLowerInvariant()));
        }
        catch (VipsException error)
        {
            throw new ImageFileException(ImageFileError.OutputNotWritable, $"'{path}' cannot be encoded ({Libvips.Reason(error)}); choose .png.", error);
        }
    }

    /// <summary>Finds out whether it could be written to a file; writes nothing.</summary>
    /// <inheritdoc cref="Save"/>
    public static void CheckPlace(string path, string input, bool overwrite)
    {
        if (Path.GetExtension(path).ToLowerInvariant() is not (".png" or ".jpg" or ".jpeg" or ".webp"))
            throw new ImageFileException(ImageFileError.OutputFormatUnknown, $"'{path}' ends in no format for maps; choose .png, .jpg or .webp.");
        OutputFile.CheckPlace(path, input, overwrite);
    }

    private bool Contains(int x, int y) => (uint)x < (uint)Width && (uint)y < (uint)Height;

    private int Place(int x, int y) => 3 * (y * Width + x);
}
