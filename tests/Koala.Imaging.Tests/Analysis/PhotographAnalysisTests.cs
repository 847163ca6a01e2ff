using Koala.Imaging.Analysis;
using NetVips;

namespace Koala.Imaging.Tests.Analysis;

public class PhotographAnalysisTests : TestFolder
{
    [Fact]
    public void Estimates_OfACleanPicture_AreAsUsual()
    {
        using var picture = Scene(300, 200);

        var estimates = Analyse(picture);

        Assert.InRange(estimates.JpegGrid, 0, 0.3);
        Assert.InRange(estimates.ColourNoise, 0, 0.5);
        Assert.InRange(estimates.BrightnessNoise, 0, 0.5);
        Assert.Equal(0, estimates.Saturated);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(20)]
    public void Noise_OfAKnownDeviation_IsThat(int deviation)
    {
        using var noise = Noise(300, 200, deviation, seed: 1).Bandjoin(Noise(300, 200, deviation, seed: 2), Noise(300, 200, deviation, seed: 3));
        using var noisy = (Scene(300, 200) + noise).Rint().Cast(Enums.BandFormat.Uchar);

        var estimates = Analyse(noisy);

        // Of the smoothest blocks, so a little less.
        Assert.InRange(estimates.BrightnessNoise, 0.75 * deviation, deviation);
        Assert.InRange(estimates.ColourNoise, 0.75 * deviation, deviation);
    }

    [Fact]
    public void Noise_OfBrightnessAlone_IsNoneOfColour()
    {
        using var noisy = (Scene(300, 200) + Noise(300, 200, 8, seed: 1)).Rint().Cast(Enums.BandFormat.Uchar);

        var estimates = Analyse(noisy);

        Assert.InRange(estimates.BrightnessNoise, 6, 8);
        Assert.InRange(estimates.ColourNoise, 0, 1);
    }

    [Fact]
    public void Noise_BesidePaintedAndSaturatedAreas_IsThatOfTheRest()
    {
        using var noisy = (Scene(320, 320) + Noise(320, 320, 8, seed: 1)).Rint().Cast(Enums.BandFormat.Uchar);
        using var white = (Image.Black(320, 320, bands: 3) + 255).Cast(Enums.BandFormat.Uchar);
        using var grey = (Image.Black(320, 320, bands: 3) + 90).Cast(Enums.BandFormat.Uchar);
        using var joined = noisy.Join(white, Enums.Direction.Horizontal).Join(grey, Enums.Direction.Horizontal);

        Assert.InRange(Analyse(joined).BrightnessNoise, 6, 8);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(5, 6)]
    public void JpegGrid_WhereverItLies_GrowsAsQualityFalls(int left, int top)
    {
        int[] qualities = [95, 75, 50, 30];
        var grids = qualities.Select(quality =>
        {
            using var source = Scene(300, 200);
            using var jpeg = Image.NewFromBuffer(source.JpegsaveBuffer(q: quality));
            return Analyse(jpeg.Crop(left, top, 280, 180)).JpegGrid;
        }).ToList();

        Assert.True(grids.Zip(grids.Skip(1)).All(pair => pair.First < pair.Second), string.Join(' ', grids));
        Assert.InRange(grids[0], 0, 0.5);
        Assert.True(grids[^1] > 1.5, string.Join(' ', grids));
    }

    [Fact]
    public void Saturated_IsTheShareOfPixelsWithAChannelAtItsEnd()
    {
        using var picture = Scene(160, 64);
        using var white = (Image.Black(16, 64) + 255).Cast(Enums.BandFormat.Uchar).Bandjoin(Image.Black(16, 64), Image.Black(16, 64));
        using var joined = picture.Insert(white, 20, 0);

        Assert.Equal(0.1, Analyse(joined).Saturated, 1e-9);
    }

    [Fact]
    public void Estimates_OfOtherSamples_AreTheSame()
    {
        using var noisy = (Scene(120, 80) + Noise(120, 80, 8, seed: 1)).Rint().Cast(Enums.BandFormat.Uchar);
        var bytes = noisy.WriteToMemory<byte>();
        var words = new byte[2 * bytes.Length];
        for (var i = 0; i < bytes.Length; i++)
            BitConverter.TryWriteBytes(words.AsSpan(2 * i), (ushort)(257 * bytes[i]));

        var (eight, sixteen) = (new PhotographAnalysis(120, 80, SampleFormat.U8), new PhotographAnalysis(120, 80, SampleFormat.U16));
        eight.Add(bytes);
        sixteen.Add(words);

        Assert.Equal(eight.Estimates.BrightnessNoise, sixteen.Estimates.BrightnessNoise, 0.05);
        Assert.Equal(eight.Estimates.JpegGrid, sixteen.Estimates.JpegGrid, 0.01);
        Assert.Equal(eight.Estimates.Saturated, sixteen.Estimates.Saturated);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 40)]
    [InlineData(40, 15)]
    [InlineData(2000, 3)]
    public void Estimates_OfATinyPicture_AreNone(int width, int height)
    {
        using var noise = Noise(width, height, 40, seed: 1).Linear([1.0], [128.0]).Cast(Enums.BandFormat.Uchar);

        var estimates = Analyse(noise.Bandjoin(noise, noise));

        Assert.Equal((0, 0), (estimates.ColourNoise, estimates.BrightnessNoise));
        Assert.Equal(0, estimates.JpegGrid);
    }

    [Fact]
    public void Estimates_OfALargePicture_AreOfSomeOfItsRows()
    {
        var row = new byte[3 * 2000];
        new Random(1).NextBytes(row);
        var analysis = new PhotographAnalysis(2000, 20_000, SampleFormat.U8);
        for (var y = 0; y < 20_000; y++)
        {
            // White where nobody looks.
            row.AsSpan().Fill((byte)(y / 16 % 10 == 0 ? 100 : 255));
            analysis.Add(row);
        }

        Assert.Equal(0, analysis.Estimates.Saturated);
    }

    private static PhotographEstimates Analyse(Image picture)
    {
        using var rgb = picture.Bands == 1 ? picture.Bandjoin(picture, picture) : picture.Copy();
        var analysis = new PhotographAnalysis(rgb.Width, rgb.Height, SampleFormat.U8);
        var bytes = rgb.WriteToMemory<byte>();
        // In pieces, as rows come.
        var piece = 3 * rgb.Width * 7;
        for (var at = 0; at < bytes.Length; at += piece)
            analysis.Add(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
        return analysis.Estimates;
    }

    /// <summary>Slopes, soft shapes and an edge in colours.</summary>
    private static Image Scene(int width, int height)
    {
        using var places = Image.Xyz(width, height).Cast(Enums.BandFormat.Float);
        var (x, y) = (places.ExtractBand(0), places.ExtractBand(1));
        var waves = (x * 5).Math(Enums.OperationMath.Sin) * 25 + (y * 7 + x * 2).Math(Enums.OperationMath.Sin) * 20;
        var edge = (x > width / 2).Cast(Enums.BandFormat.Float).Gaussblur(1.2) * 0.2;
        var red = waves + edge + 120;
        return red.Bandjoin(waves * 0.8 + 110, waves * -0.5 + 130).Rint().Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
    }

    private static Image Noise(int width, int height, double deviation, int seed) => Image.Gaussnoise(width, height, sigma: deviation, mean: 0, seed: seed);
}
