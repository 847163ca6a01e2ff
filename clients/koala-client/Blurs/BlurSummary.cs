using System.Globalization;
using System.Text.Json;

namespace Koala.Client.CommandLine.Blurs;

/// <summary>A blur map in figures, for people and for programs.</summary>
internal sealed record BlurSummary
{
    /// <summary>Width of a histogram's bin in HR pixels.</summary>
    public const double BinWidth = 0.25;

    private const int Bins = 16;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Path of the photograph.</summary>
    public required string Photo { get; init; }

    /// <summary>In pixels.</summary>
    public required int Width { get; init; }

    /// <summary>In pixels.</summary>
    public required int Height { get; init; }

    /// <summary>The scale of the model: lengths are in pixels that many times smaller than the photograph's.</summary>
    public required int Scale { get; init; }

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Of the standard deviation along the longer axis.</summary>
    public required BlurDistribution SigmaMajor { get; init; }

    /// <summary>Of the standard deviation along the shorter axis.</summary>
    public required BlurDistribution SigmaMinor { get; init; }

    /// <summary>The mean kernel, brought to the middle by whole pixels.</summary>
    public required MeanKernelSummary MeanKernel { get; init; }

    /// <summary>Sums up a blur map.</summary>
    public static BlurSummary Of(string photo, PhotoBlur blur)
    {
        var kernel = blur.Result.MeanKernel!.Centred();
        var shape = kernel.Shape();
        return new BlurSummary
        {
            Photo = photo,
            Width = blur.Width,
            Height = blur.Height,
            Scale = blur.Scale,
            Model = blur.Result.Model,
            SigmaMajor = BlurDistribution.Of(blur.Map, pixel => pixel.SigmaMajor, Bins),
            SigmaMinor = BlurDistribution.Of(blur.Map, pixel => pixel.SigmaMinor, Bins),
            MeanKernel = new MeanKernelSummary(
                Math.Round(shape.SigmaMajor, 3), Math.Round(shape.SigmaMinor, 3), Math.Round(shape.Angle * 180 / Math.PI, 1), [.. kernel.Taps]),
        };
    }

    /// <summary>For programs.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>For people, in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Photo} {Width}x{Height}: blur of sigma {SigmaMinor.P10:0.0} to {SigmaMajor.P90:0.0}, median {SigmaMajor.Median:0.0} × {SigmaMinor.Median:0.0} pixels at ×{Scale}; "
        + $"mean kernel {MeanKernel.SigmaMajor:0.0} × {MeanKernel.SigmaMinor:0.0} at {MeanKernel.AngleDegrees:0}°");
}

/// <summary>How a length is distributed over a photograph.</summary>
/// <param name="P10">What a tenth of the pixels is below.</param>
/// <param name="Median">What half of them are below.</param>
/// <param name="P90">What nine tenths are below.</param>
/// <param name="BinWidth">Of the histogram, which begins at 0; what is beyond its last bin is in it.</param>
/// <param name="Histogram">Shares of the pixels.</param>
internal sealed record BlurDistribution(double P10, double Median, double P90, double BinWidth, double[] Histogram)
{
    // Finer than any estimate is.
    private const double Fineness = 0.01;

    /// <summary>Counts.</summary>
    public static BlurDistribution Of(Blur[] map, Func<Blur, float> length, int bins)
    {
        var counts = new long[1 + (int)(bins * BlurSummary.BinWidth / Fineness)];
        foreach (var pixel in map)
            counts[Math.Clamp((int)(length(pixel) / Fineness), 0, counts.Length - 1)]++;
        var histogram = new double[bins];
        for (var i = 0; i < counts.Length; i++)
            histogram[Math.Min(bins - 1, (int)(i * Fineness / BlurSummary.BinWidth + 1e-9))] += (double)counts[i] / map.Length;
        return new BlurDistribution(
            Quantile(0.1), Quantile(0.5), Quantile(0.9), BlurSummary.BinWidth, [.. histogram.Select(share => Math.Round(share, 6))]);

        double Quantile(double share)
        {
            var (below, i) = (counts[0], 0);
            while (below < share * map.Length)
                below += counts[++i];
            return Math.Round((i + 0.5) * Fineness, 3);
        }
    }
}

/// <summary>A kernel in figures.</summary>
/// <param name="SigmaMajor">Standard deviation along the longer axis.</param>
/// <param name="SigmaMinor">Along the shorter one.</param>
/// <param name="AngleDegrees">Direction of the longer axis, from the right towards the lower edge, 0 to 180.</param>
/// <param name="Taps">20 rows of 20 weights with the sum 1.</param>
internal sealed record MeanKernelSummary(double SigmaMajor, double SigmaMinor, double AngleDegrees, float[] Taps);
