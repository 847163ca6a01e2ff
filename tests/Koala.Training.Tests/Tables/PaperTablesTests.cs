using Koala.Network;
using Koala.Training.Evaluation;
using Koala.Training.Tables;

namespace Koala.Training.Tests.Tables;

public sealed class PaperTablesTests
{
    private static readonly ImageScore Score = new("mean", 29.91, 0.8555, 26.36, 0.7514, 0.0042, 48.25, 0.9971, 12);

    private static string[] Lines(params Measurement[] measurements) =>
        new PaperTables(["Set5", "Mine"], measurements).ToMarkdown().Split('\n');

    [Fact]
    public void ToMarkdown_OneNetwork_FillsItsRowsAndNoOther()
    {
        var lines = Lines(new Measurement(new KoalaNetOptions(4), 3, false, "Set5", Score));
        Assert.Contains("| KOALAnet | 29.91 / 0.8555 | 30.28 / 0.8658 | – | – |", lines);
        Assert.Contains("| Bicubic | 26.36 / 0.7514 | 26.41 / 0.7511 | – | – |", lines);
        Assert.Contains("| IKC max | – | 28.04 / 0.8079 | – | – |", lines);
        Assert.Contains("| KOALAnet | – | 33.08 / 0.9137 | – | – |", lines);
        Assert.Contains("| Baseline | – | – | 29.20 / 0.8110 |", lines);
        Assert.Contains("| KOALAnet | 29.91 / 0.8555 | – | 29.44 / 0.8156 |", lines);
        Assert.Contains("| Full Model | 48.25 / 0.9971 | – | 49.50 / 0.9980 |", lines);
        Assert.Contains("| (c) Uniform | – | – | 45.78 / 0.9945 |", lines);
        Assert.Contains("| KOALAnet | – | 0.0042 | – | – | 0.0010 | 0.0044 |", lines);
        Assert.Contains("| KOALAnet ×4 | 3.48 | 3.4 | 6.54 | 6.45 |", lines);
    }

    [Fact]
    public void ToMarkdown_TrueKernels_HaveRowsOfTheirOwn()
    {
        var lines = Lines(
            new Measurement(new KoalaNetOptions(4), 3, true, "Set5", Score with { Psnr = 30.5 }),
            new Measurement(new KoalaNetOptions(4, UpsamplingVariant.GivenKernels), 3, true, "Mine", Score with { Psnr = 31 }));
        Assert.Contains("| KOALAnet, true kernels given to the same weights | 30.50 / 0.8555 | – | – |", lines);
        Assert.Contains("| KOALA + GT kernel | – | 31.00 / 0.8555 | 29.67 / 0.8212 |", lines);
        Assert.Contains("| KOALAnet | – | – | 29.44 / 0.8156 |", lines);
    }

    [Fact]
    public void ToMarkdown_SeveralStagesOfANetwork_TakesTheLast()
    {
        var lines = Lines(
            new Measurement(new KoalaNetOptions(4), 1, false, "Set5", Score with { Psnr = 12 }),
            new Measurement(new KoalaNetOptions(4), 3, false, "Set5", Score));
        Assert.Contains("| KOALAnet | 29.91 / 0.8555 | 30.28 / 0.8658 | – | – |", lines);
        Assert.Contains("| KOALAnet | 29.91 / 0.8555 | – | 29.44 / 0.8156 |", lines);
    }

    [Fact]
    public void ToMarkdown_VariantsOfEqualLength_FillTables2And3Alone()
    {
        var text = new PaperTables(
            ["Set5"],
            [new Measurement(new KoalaNetOptions(4), 3, false, "Set5", Score)],
            [
                new Measurement(new KoalaNetOptions(4), 1, false, "Set5", Score with { LrPsnr = 41 }),
                new Measurement(new KoalaNetOptions(4), 3, false, "Set5", Score with { Psnr = 28 }),
                new Measurement(new KoalaNetOptions(4, UpsamplingVariant.Baseline), 2, false, "Set5", Score with { Psnr = 27 }),
                new Measurement(new KoalaNetOptions(4, Downsampling: DownsamplingVariant.Uniform), 1, false, "Set5", Score with { LrPsnr = 40 }),
            ]).ToMarkdown();
        Assert.Contains("| KOALAnet | 29.91 / 0.8555 | 30.28 / 0.8658 |", text, StringComparison.Ordinal);
        Assert.Contains("| KOALAnet | 28.00 / 0.8555 | 29.44 / 0.8156 |", text, StringComparison.Ordinal);
        Assert.Contains("| Baseline | 27.00 / 0.8555 | 29.20 / 0.8110 |", text, StringComparison.Ordinal);
        Assert.Contains("| Full Model | 41.00 / 0.9971 | 49.50 / 0.9980 |", text, StringComparison.Ordinal);
        Assert.Contains("| (c) Uniform | 40.00 / 0.9971 | 45.78 / 0.9945 |", text, StringComparison.Ordinal);
    }
}
