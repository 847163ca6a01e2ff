using System.Globalization;
using Koala.Imaging;
using Koala.Imaging.Analysis;
using NetVips;

namespace Koala.Benchmarks;

/// <summary>
/// How well the estimates tell photographs that are unlike those of the training: on a set that is labelled because it is made here, of clean
/// photographs that are compressed, made noisy or exposed too long.
/// </summary>
internal static class AlarmBenchmark
{
    private const int Side = 384;
    // Every so many photographs of the training.
    private const int Apart = 16;

    /// <summary>Prints a table in Markdown.</summary>
    /// <param name="data">Folder with Set5 and Set14, and train, whose photographs are JPEG of quality 90 without subsampling.</param>
    public static void Run(string data)
    {
        NetVips.NetVips.Concurrency = 1;
        var clean = Clean(data).ToList();
        var usual = clean.Select(picture => Analyse(picture.Image)).ToList();
        var false_ = usual.Count(IsAlarm);
        Console.WriteLine(Invariant($"{clean.Count} clean photographs of up to {Side}×{Side} pixels, {false_} alarms ({(double)false_ / clean.Count:0.0 %}):"));
        foreach (var (name, measure, most) in Measures)
            Console.WriteLine(Invariant($"  {name}: median {Quantile(usual.Select(measure), 0.5):0.00}, 98 % up to {Quantile(usual.Select(measure), 0.98):0.00}; limit {most}, beyond {usual.Count(e => measure(e) > most)}"));
        Console.WriteLine("\n| photographs | estimate | median | AUC | alarm |\n|---|---|---|---|---|");
        foreach (var (name, measures, change) in Changes())
        {
            // What was compressed once has a grid already.
            var changed = clean.Where(picture => !picture.Compressed || !name.StartsWith("JPEG", StringComparison.Ordinal))
                .Select(picture => Analyse(change(picture.Image))).ToList();
            foreach (var (of, measure, _) in measures.Select(i => Measures[i]))
            {
                var auc = changed.Average(e => usual.Average(u => measure(e).CompareTo(measure(u)) / 2.0 + 0.5));
                Console.WriteLine(Invariant($"| {name} | {of} | {Quantile(changed.Select(measure), 0.5):0.00} | {auc:0.000} | {(double)changed.Count(IsAlarm) / changed.Count:0 %} |"));
            }
        }
        Time(clean[0].Image);
    }

    private static (string Name, Func<PhotographEstimates, double> Of, double Most)[] Measures =>
    [
        ("JPEG grid", e => e.JpegGrid, UsualEstimates.JpegGrid),
        ("colour noise", e => e.ColourNoise, UsualEstimates.ColourNoise),
        ("brightness noise", e => e.BrightnessNoise, UsualEstimates.BrightnessNoise),
        ("saturated", e => e.Saturated, UsualEstimates.Saturated),
    ];

    private static bool IsAlarm(PhotographEstimates estimates) => Measures.Any(measure => measure.Of(estimates) > measure.Most);

    private static IEnumerable<(Image Image, bool Compressed)> Clean(string data)
    {
        foreach (var file in Directory.GetFiles(data, "*.png", SearchOption.AllDirectories).Order().Where(file => file.Contains("HR/") || file.Contains("LRx2/")))
            yield return (Middle(Rgb(Image.NewFromFile(file))), false);
        foreach (var file in Directory.GetFiles(Path.Combine(data, "train"), "*.jpg").Order().Where((_, i) => i % Apart == 0))
        {
            using var photograph = Rgb(Image.NewFromFile(file));
            yield return (Middle(photograph), true);
            yield return (Middle(photograph.Resize(0.5)), false);
        }
    }

    private static IEnumerable<(string Name, int[] Measures, Func<Image, Image> Change)> Changes()
    {
        foreach (var quality in (int[])[90, 80, 70, 60, 50, 40, 30])
            yield return ($"JPEG, quality {quality}, 4:2:0", [0], image => Image.NewFromBuffer(image.JpegsaveBuffer(q: quality, subsampleMode: Enums.ForeignSubsample.On)));
        foreach (var deviation in (int[])[2, 3, 5, 10, 20])
            yield return ($"noise, σ {deviation} in each channel", [1, 2], image => Noisy(image, deviation, channels: 3));
        foreach (var deviation in (int[])[5, 7, 10, 20])
            yield return ($"noise, σ {deviation} in brightness alone", [2], image => Noisy(image, deviation, channels: 1));
        yield return ("noise, σ 10, then JPEG, quality 85, 4:2:0", [1, 2], image => Image.NewFromBuffer(Noisy(image, 10, 3).JpegsaveBuffer(q: 85, subsampleMode: Enums.ForeignSubsample.On)));
        foreach (var stops in (int[])[1, 2])
            yield return ($"exposed {stops} stops longer", [3], image => Exposed(image, stops));
    }

    private static Image Noisy(Image image, double deviation, int channels)
    {
        var noise = Enumerable.Range(0, channels).Select(seed => Image.Gaussnoise(image.Width, image.Height, sigma: deviation, mean: 0, seed: seed)).ToArray();
        using var noisy = image + (channels == 1 ? noise[0] : noise[0].Bandjoin(noise[1..]));
        return noisy.Rint().Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
    }

    private static Image Exposed(Image image, int stops)
    {
        using var light = image.Cast(Enums.BandFormat.Uchar).Colourspace(Enums.Interpretation.Scrgb);
        return (light * Math.Pow(2, stops)).Copy(interpretation: Enums.Interpretation.Scrgb).Colourspace(Enums.Interpretation.Srgb);
    }

    private static PhotographEstimates Analyse(Image image)
    {
        var analysis = new PhotographAnalysis(image.Width, image.Height, SampleFormat.U8);
        analysis.Add(image.WriteToMemory<byte>());
        return analysis.Estimates;
    }

    private static void Time(Image image)
    {
        var bytes = image.WriteToMemory<byte>();
        var times = Measure.Seconds(15, () => new PhotographAnalysis(image.Width, image.Height, SampleFormat.U8).Add(bytes));
        Console.WriteLine(Invariant($"\n{Measure.Spread(times, "ms for a megapixel", 1e9 / ((double)image.Width * image.Height))}"));
    }

    private static Image Rgb(Image image) => image.Bands switch { 1 => image.Bandjoin(image, image), 3 => image, _ => image.ExtractBand(0, n: 3) };

    private static Image Middle(Image image)
    {
        var (width, height) = (Math.Min(image.Width, Side), Math.Min(image.Height, Side));
        using var middle = image.Crop((image.Width - width) / 2, (image.Height - height) / 2, width, height);
        return middle.CopyMemory();
    }

    private static double Quantile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)(share * (sorted.Length - 1))];
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
