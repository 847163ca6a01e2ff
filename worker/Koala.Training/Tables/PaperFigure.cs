using System.Globalization;

namespace Koala.Training.Tables;

/// <summary>One figure of the paper's Tables 1 to 5.</summary>
/// <param name="Table">1 to 5.</param>
/// <param name="Scale">2 or 4.</param>
/// <param name="Method">Row.</param>
/// <param name="Column">Test set, or what is counted (Table 5).</param>
/// <param name="Value">PSNR in dB; kernel error in Table 4; millions in Table 5.</param>
/// <param name="Ssim">SSIM in Tables 1 to 3.</param>
internal sealed record PaperFigure(int Table, int Scale, string Method, string Column, string Value, string Ssim)
{
    /// <summary>All of them, in the paper's order.</summary>
    public static IReadOnlyList<PaperFigure> Read() =>
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Tables", "paper.tsv")).Skip(1).Select(line => line.Split('\t')).Select(cells =>
            new PaperFigure(Number(cells[0]), Number(cells[1]), cells[2], cells[3], cells[4], cells[5])),
    ];

    /// <summary>As a cell of a table.</summary>
    public override string ToString() => Ssim.Length == 0 ? Value : $"{Value} / {Ssim}";

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
