using System.Runtime.InteropServices;
using NetVips;

namespace Koala.Imaging.Tests;

/// <summary>Pictures whose every pixel is known, and files of them.</summary>
internal static class Pictures
{
    /// <summary>Noise of a fixed seed in "grey", "rgb", "greya" or "rgba", with 8 or 16 bits.</summary>
    public static Image Noise(string kind, int width, int height, int bits = 8)
    {
        var channels = kind switch { "grey" => 1, "greya" => 2, "rgb" => 3, _ => 4 };
        var bytes = new byte[width * height * channels * bits / 8];
        new Random(1).NextBytes(bytes);
        // Visible everywhere: colours that cannot be seen do not come back as they were.
        for (var i = channels * bits / 8 - 1; i < bytes.Length && channels is 2 or 4; i += channels * bits / 8)
            bytes[i] |= 0x10;
        return Image.NewFromMemoryCopy(
                bytes, width, height, channels, bits == 8 ? Enums.BandFormat.Uchar : Enums.BandFormat.Ushort)
            .Copy(interpretation: (channels < 3, bits) switch
            {
                (true, 8) => Enums.Interpretation.Bw,
                (true, _) => Enums.Interpretation.Grey16,
                (_, 8) => Enums.Interpretation.Srgb,
                _ => Enums.Interpretation.Rgb16,
            });
    }

    /// <summary>Writes a picture without loss where the format allows it.</summary>
    public static void Save(Image image, string path)
    {
        switch (Path.GetExtension(path))
        {
            case ".png": image.Pngsave(path); break;
            case ".tif": image.Tiffsave(path); break;
            case ".webp": image.Webpsave(path, lossless: true, exact: true); break;
            default: image.Jpegsave(path); break;
        }
    }

    /// <summary>Pixels of a whole file as libvips decodes it, in its own channels.</summary>
    public static byte[] Decode(string path)
    {
        using var image = Image.NewFromFile(path);
        return Bytes(image);
    }

    /// <summary>All samples of a picture.</summary>
    public static byte[] Bytes(Image image) => image.Format switch
    {
        Enums.BandFormat.Uchar => image.WriteToMemory<byte>(),
        Enums.BandFormat.Ushort => MemoryMarshal.AsBytes<ushort>(image.WriteToMemory<ushort>()).ToArray(),
        _ => MemoryMarshal.AsBytes<float>(image.WriteToMemory<float>()).ToArray(),
    };

    /// <summary>The picture's colours as the reader should deliver them: RGB without alpha.</summary>
    public static byte[] Rgb(Image image)
    {
        var colour = image.Bands is 2 or 4 ? image.ExtractBand(0, n: image.Bands - 1) : image;
        return Bytes(colour.Bands == 1 ? colour.Bandjoin(colour, colour) : colour);
    }

    public static byte[] ReadAll(ImageReader reader, int rowsAtOnce = 7)
    {
        var all = new MemoryStream();
        var rows = new byte[reader.BytesPerRow * rowsAtOnce];
        while (reader.ReadRows(rows) is var count and > 0)
            all.Write(rows, 0, count * reader.BytesPerRow);
        return all.ToArray();
    }

    /// <summary>Enlarges a file by repeating pixels, as the real network's place-holder.</summary>
    public static void Repeat(string input, string output, int scale, ImageWriterOptions? options = null)
    {
        using var reader = ImageReader.Open(input);
        using var writer = ImageWriter.Create(output, reader, scale, options);
        WriteRepeated(reader, writer, scale);
        writer.Commit();
    }

    public static void WriteRepeated(ImageReader reader, ImageWriter writer, int scale)
    {
        var pixel = reader.BytesPerRow / reader.Width;
        var row = new byte[reader.BytesPerRow];
        var rows = new byte[writer.BytesPerRow * scale];
        for (var number = 0; reader.ReadRows(row) > 0; number++)
        {
            if (number < writer.Rows.Top || number >= writer.Rows.Bottom)
                continue;
            for (var x = 0; x < writer.Rows.Width * scale; x++)
                row.AsSpan((writer.Rows.X + x / scale) * pixel, pixel).CopyTo(rows.AsSpan(x * pixel));
            for (var y = 1; y < scale; y++)
                rows.AsSpan(0, writer.BytesPerRow).CopyTo(rows.AsSpan(y * writer.BytesPerRow));
            writer.WriteRows(rows);
        }
    }
}
