using Koala.Network;
using NetVips;
using static TorchSharp.torch;

namespace Koala.Training.Data;

/// <summary>A photograph in memory: 8-bit sRGB, three bytes a pixel, row by row.</summary>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">3·Width·Height bytes.</param>
public sealed record Photograph(int Width, int Height, byte[] Pixels)
{
    // At ×4 an LR image of 4 pixels; SSIM's window has 11.
    private const int SmallestSide = 16;

    /// <summary>File name endings that are taken for photographs in a folder.</summary>
    public static readonly IReadOnlySet<string> Extensions =
        new HashSet<string>([".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="InvalidDataException">The file is no image, or a damaged one.</exception>
    public static Photograph Read(string path)
    {
        try
        {
            using var file = Image.NewFromFile(path, access: Enums.Access.Sequential, failOn: Enums.FailOn.Truncated);
            using var rgb = file.Colourspace(Enums.Interpretation.Srgb);
            using var opaque = rgb.HasAlpha() ? rgb.Flatten() : rgb.Copy();
            using var bytes = opaque.Cast(Enums.BandFormat.Uchar);
            return new Photograph(bytes.Width, bytes.Height, bytes.WriteToMemory<byte>());
        }
        catch (VipsException e)
        {
            throw new InvalidDataException($"{path}: cannot be read as an image ({e.Message.Split('\n')[0]})", e);
        }
    }

    /// <summary>Reads a file and cuts it to whole multiples of 4s pixels, as the networks' images are.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scale">s.</param>
    /// <exception cref="InvalidDataException">The file is no image, a damaged one, or a smaller one than the measures need.</exception>
    public static Photograph ReadCut(string path, int scale)
    {
        var photograph = Read(path);
        var multiple = 4 * scale;
        if (Math.Min(photograph.Width, photograph.Height) < SmallestSide)
            throw new InvalidDataException($"{path}: {photograph.Width}×{photograph.Height} pixels, expected at least {SmallestSide}×{SmallestSide}");
        return photograph.Crop(photograph.Width / multiple * multiple, photograph.Height / multiple * multiple);
    }

    /// <summary>Images of a folder and its subfolders in the order of their names.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<string> FilesIn(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => Extensions.Contains(Path.GetExtension(f)))
            .Order(StringComparer.Ordinal)];

    /// <summary>Writes a tensor as a PNG file.</summary>
    /// <param name="image">(1, 3, H, W) in [-1, 1].</param>
    /// <param name="path">The file; replaced if it exists.</param>
    public static void Write(Tensor image, string path)
    {
        var photograph = FromTensor(image);
        using var file = Image.NewFromMemory(photograph.Pixels, photograph.Width, photograph.Height, 3, Enums.BandFormat.Uchar);
        using var srgb = file.Copy(interpretation: Enums.Interpretation.Srgb);
        srgb.Pngsave(path);
    }

    /// <summary>(1, 3, H, W) in [-1, 1] → 8 bits, rounded and clipped.</summary>
    public static Photograph FromTensor(Tensor image)
    {
        using var scope = NewDisposeScope();
        var bytes = image.squeeze(0).permute(1, 2, 0).Plus(1).Times(127.5).round().Between(0, 255).to_type(ScalarType.Byte).contiguous();
        return new Photograph((int)image.shape[3], (int)image.shape[2], bytes.bytes.ToArray());
    }

    /// <summary>→ (1, 3, H, W) in [-1, 1], float32.</summary>
    public Tensor ToTensor()
    {
        using var scope = NewDisposeScope();
        var bytes = empty([Height, Width, 3], ScalarType.Byte);
        bytes.bytes = Pixels;
        return bytes.to_type(ScalarType.Float32).Over(127.5).Plus(-1).permute(2, 0, 1).unsqueeze(0).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The upper left part.</summary>
    public Photograph Crop(int width, int height) => Crop(0, 0, width, height);

    /// <summary>The part of that size from (<paramref name="x"/>, <paramref name="y"/>).</summary>
    public Photograph Crop(int x, int y, int width, int height)
    {
        var pixels = new byte[3 * width * height];
        for (var row = 0; row < height; row++)
            Array.Copy(Pixels, 3 * ((y + row) * Width + x), pixels, 3 * row * width, 3 * width);
        return new Photograph(width, height, pixels);
    }
}
