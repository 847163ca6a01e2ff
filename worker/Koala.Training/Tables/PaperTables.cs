using System.Globalization;
using System.Text;
using Koala.Network;
using Koala.Training.Evaluation;

namespace Koala.Training.Tables;

/// <summary>The paper's Tables 1 to 5 in Markdown: our figures, and the paper's in columns of their own.</summary>
/// <param name="sets">Names of the test sets, a column each.</param>
/// <param name="measurements">Of the models that the tables are about.</param>
/// <param name="variants">
/// Of equally trained variants for Tables 2 (stage 3, of the baseline also 2) and 3 (stage 1), the full model among them; null where the
/// models themselves are all there is.
/// </param>
internal sealed class PaperTables(IReadOnlyList<string> sets, IReadOnlyList<Measurement> measurements, IReadOnlyList<Measurement>? variants = null)
{
    private const string Missing = "–";
    private static readonly int[] Scales = [2, 4];

    private readonly IReadOnlyList<PaperFigure> _paper = PaperFigure.Read();

    /// <summary>All tables.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine("Columns marked *paper* hold the paper's own figures; a row without a figure of ours is a method, or a variant, that was not run here.");
        foreach (var scale in Scales)
            Comparison(text, scale);
        Modules(text);
        DownsamplingVariants(text);
        KernelAccuracy(text);
        Cost(text);
        return text.ToString();
    }

    private void Comparison(StringBuilder text, int scale)
    {
        Heading(text, $"Table 1, ×{scale}: Y-PSNR (dB) / SSIM", ["method", .. sets.SelectMany(s => new[] { s, $"{s} *paper*" })]);
        foreach (var method in Methods(1, scale))
        {
            Row(text, [method, .. sets.SelectMany(set => new[]
            {
                method switch
                {
                    "Bicubic" => Pair(measurements.FirstOrDefault(m => m.Options.Scale == scale && m.Set == set)?.Mean, s => (s.BicubicPsnr, s.BicubicSsim)),
                    "KOALAnet" => Picture(Find(measurements, new KoalaNetOptions(scale), trueKernels: false, set)),
                    _ => Missing,
                },
                Paper(1, scale, method, set),
            })]);
        }
    }

    private void Modules(StringBuilder text)
    {
        Heading(text, "Table 2, ×4: effect of the KOALA modules, Y-PSNR (dB) / SSIM", ["model", .. sets, "DIV2K-val *paper*"]);
        foreach (var (method, variant) in ((string, UpsamplingVariant)[])
            [("Baseline", UpsamplingVariant.Baseline), ("KOALA only k", UpsamplingVariant.FilterOnly), ("KOALAnet", UpsamplingVariant.Koala), ("KOALA + GT kernel", UpsamplingVariant.GivenKernels)])
        {
            Row(text, [method, .. sets.Select(set => Picture(Variant(new KoalaNetOptions(4, variant), firstStage: false, variant == UpsamplingVariant.GivenKernels, set))), Paper(2, 4, method, "DIV2K-val")]);
        }

        Row(text, ["KOALAnet, true kernels given to the same weights", .. sets.Select(set => Picture(Variant(new KoalaNetOptions(4), firstStage: false, trueKernels: true, set))), Missing]);
    }

    private void DownsamplingVariants(StringBuilder text)
    {
        Heading(text, "Table 3, ×1/4: LR image rebuilt with the estimated kernels, Y-PSNR (dB) / SSIM", ["downsampling network", .. sets, "DIV2K-val *paper*"]);
        foreach (var (method, variant) in ((string, DownsamplingVariant)[])
            [("(a) ResNet", DownsamplingVariant.ResNet), ("(b) U-Net", DownsamplingVariant.UNet), ("(c) Uniform", DownsamplingVariant.Uniform), ("(d) No Norm.", DownsamplingVariant.NoNormalisation), ("Full Model", DownsamplingVariant.ResUNet)])
        {
            var options = new KoalaNetOptions(4, UpsamplingVariant.Koala, variant);
            Row(text, [method, .. sets.Select(set => Pair(Variant(options, firstStage: true, trueKernels: false, set), s => (s.LrPsnr ?? double.NaN, s.LrSsim ?? double.NaN))), Paper(3, 4, method, "DIV2K-val")]);
        }
    }

    private void KernelAccuracy(StringBuilder text)
    {
        Heading(text, "Table 4: kernel error (Eq. 9)", ["method", .. sets.SelectMany(s => new[] { $"{s} ×2", $"{s} ×4" }), "DIV2K-val *paper*", "DIV2KRK *paper*"]);
        foreach (var method in Methods(4, 4))
        {
            Row(text,
            [
                method,
                .. sets.SelectMany(set => Scales.Select(scale => method == "KOALAnet"
                    ? Text(Find(measurements, new KoalaNetOptions(scale), false, set)?.KernelL2, "0.0000") : Missing)),
                Paper(4, 4, method, "DIV2K-val"),
                Paper(4, 4, method, "DIV2KRK"),
            ]);
        }
    }

    private void Cost(StringBuilder text)
    {
        Heading(text, "Table 5: millions of multiply-adds per LR pixel, and millions of filter parameters", ["method", "MFLOP", "MFLOP *paper*", "parameters", "parameters *paper*"]);
        foreach (var (scale, method) in _paper.Where(f => f.Table == 5).Select(f => (f.Scale, f.Method)).Distinct())
        {
            var cost = method == "KOALAnet" ? NetworkCost.Of(new KoalaNetOptions(scale)) : null;
            Row(text,
            [
                $"{method} ×{scale}",
                Text(cost?.MultiplyAdds / 1e6, "0.00"),
                Paper(5, scale, method, "MFLOP"),
                Text(cost?.Parameters / 1e6, "0.00"),
                Paper(5, scale, method, "parameters"),
            ]);
        }
    }

    private static void Heading(StringBuilder text, string title, IReadOnlyList<string> columns)
    {
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**{title}**").AppendLine();
        Row(text, columns);
        Row(text, [.. columns.Select(_ => "---")]);
    }

    private static void Row(StringBuilder text, IReadOnlyList<string> cells) => text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |");

    private IEnumerable<string> Methods(int table, int scale) => _paper.Where(f => f.Table == table && f.Scale == scale).Select(f => f.Method).Distinct();

    private string Paper(int table, int scale, string method, string column) =>
        _paper.FirstOrDefault(f => f.Table == table && f.Scale == scale && f.Method == method
            && f.Column.Equals(column, StringComparison.OrdinalIgnoreCase))?.ToString() ?? Missing;

    private static string Picture(ImageScore? score) => Pair(score, s => (s.Psnr, s.Ssim));

    private ImageScore? Variant(KoalaNetOptions options, bool firstStage, bool trueKernels, string set) =>
        Find(variants?.Where(m => m.Stage == 1 == firstStage) ?? measurements, options, trueKernels, set);

    private static ImageScore? Find(IEnumerable<Measurement> among, KoalaNetOptions options, bool trueKernels, string set) =>
        among.Where(m => m.Options == options && m.TrueKernels == trueKernels && m.Set == set).MaxBy(m => m.Stage)?.Mean;

    private static string Pair(ImageScore? score, Func<ImageScore, (double Psnr, double Ssim)> choose)
    {
        if (score is null)
            return Missing;
        var (psnr, ssim) = choose(score);
        return $"{Text(psnr, "0.00")} / {Text(ssim, "0.0000")}";
    }

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Missing;
}
