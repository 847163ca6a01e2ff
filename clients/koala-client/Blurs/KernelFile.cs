using System.Globalization;
using System.Text;
using Koala.Imaging;

namespace Koala.Client.CommandLine.Blurs;

/// <summary>Kernels in files: numbers in text, or the first channel of a picture.</summary>
internal static class KernelFile
{
    // A text of numbers is short; what is longer is a picture, or no kernel.
    private const int MostTextBytes = 1 << 20;

    private static readonly char[] Separators = [' ', '\t', ',', ';'];

    /// <summary>Reads a point spread function of any odd or even size.</summary>
    /// <param name="path">Rows of numbers, '#' for remarks; or a picture, whose samples are taken as they are.</param>
    /// <param name="pixel">HR pixels that one of its pixels is wide.</param>
    /// <exception cref="CommandFailure">The text is no kernel.</exception>
    /// <exception cref="ImageFileException">The file cannot be read, or is neither text nor picture.</exception>
    public static BlurKernel Read(string path, double pixel)
    {
        var (values, width) = ReadText(path) ?? SampleFile.Read(path);
        try
        {
            return BlurKernel.Measured(values, width, pixel);
        }
        catch (ArgumentException error)
        {
            throw new CommandFailure(ExitCode.Usage, $"'{path}' is no kernel ({error.Message.Split('.')[0]}); its values are weights, most of them above 0.", error);
        }
    }

    /// <summary>A kernel as a text that <see cref="Read"/> reads.</summary>
    public static string Text(BlurKernel kernel)
    {
        var text = new StringBuilder();
        for (var i = 0; i < kernel.Taps.Length; i++)
            text.Append(kernel.Taps[i].ToString("0.######E+0", CultureInfo.InvariantCulture)).Append(i % BlurKernel.Side == BlurKernel.Side - 1 ? '\n' : ' ');
        return text.ToString();
    }

    private static (float[] Values, int Width)? ReadText(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length > MostTextBytes)
            return null;
        var bytes = File.ReadAllBytes(path);
        // Pictures have bytes in them that no text has.
        if (Array.Exists(bytes, value => value < ' ' && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r')) || Array.Exists(bytes, value => value > 127))
            return null;
        var rows = new List<float[]>();
        foreach (var line in Encoding.ASCII.GetString(bytes).Split('\n'))
        {
            var words = line.Split('#')[0].Trim().Split(Separators, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0)
                rows.Add([.. words.Select(word => float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : float.NaN)]);
        }
        if (rows.Count == 0 || rows.Exists(row => row.Length != rows[0].Length || Array.Exists(row, value => !float.IsFinite(value))))
            throw new CommandFailure(ExitCode.Usage, $"'{path}' is no kernel; write it as rows of as many numbers each, or as a picture.");
        return ([.. rows.SelectMany(row => row)], rows[0].Length);
    }
}
