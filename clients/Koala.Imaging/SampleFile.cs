using Koala.Imaging.Output;
using NetVips;

namespace Koala.Imaging;

/// <summary>Files of plain numbers, such as kernels and maps: samples as they are stored, without any tone curve.</summary>
public static class SampleFile
{
    /// <summary>Reads the first channel of a small picture.</summary>
    /// <returns>Samples row by row, and how many a row has.</returns>
    /// <exception cref="ImageFileException">The file cannot be read, is no picture, or is one of an unsupported kind.</exception>
    public static (float[] Samples, int Width) Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = PictureFile.Find(path);
        try
        {
            using var image = file.Open();
            using var band = image.ExtractBand(0);
            using var numbers = band.Cast(Enums.BandFormat.Float);
            return (numbers.WriteToMemory<float>(), numbers.Width);
        }
        catch (VipsException error)
        {
            throw file.Unreadable(error);
        }
    }

    /// <summary>Finds out whether a file can be written; writes nothing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="input">A file that it must not be.</param>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <exception cref="ImageFileException">It cannot.</exception>
    public static void CheckPlace(string path, string input, bool overwrite) => OutputFile.CheckPlace(path, input, overwrite);

    /// <summary>Writes a text in UTF-8, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="input">A file that it must not be.</param>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <param name="text">What it holds.</param>
    /// <exception cref="ImageFileException">The file cannot be written.</exception>
    public static void WriteText(string path, string input, bool overwrite, string text) =>
        OutputFile.Write(path, input, overwrite, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Writes layers of one size as the pages of a TIFF file, 32-bit float; whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="input">A file that it must not be.</param>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <param name="width">Samples of a row.</param>
    /// <param name="layers">Each row by row.</param>
    /// <exception cref="ImageFileException">The file cannot be written.</exception>
    public static void WriteTiff(string path, string input, bool overwrite, int width, params float[][] layers)
    {
        Libvips.Initialize();
        var pages = layers.Select(layer => Image.NewFromMemory(layer, width, layer.Length / width, 1, Enums.BandFormat.Float)).ToArray();
        using var joined = Image.Arrayjoin(pages, across: 1);
        using var roll = joined.Mutate(image => image.Set(GValue.GIntType, "page-height", pages[0].Height));
        OutputFile.Write(path, input, overwrite, roll.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Deflate));
        foreach (var page in pages)
            page.Dispose();
    }
}
