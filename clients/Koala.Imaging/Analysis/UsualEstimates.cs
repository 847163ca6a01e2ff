namespace Koala.Imaging.Analysis;

/// <summary>
/// Up to what a photograph is like those that the network was trained on. About one clean photograph in fifty lies beyond, as the benchmark
/// <c>alarm</c> measures.
/// </summary>
public static class UsualEstimates
{
    /// <summary>Most of <see cref="PhotographEstimates.JpegGrid"/>, in levels.</summary>
    public const double JpegGrid = 0.9;

    /// <summary>Most of <see cref="PhotographEstimates.ColourNoise"/>, in levels.</summary>
    public const double ColourNoise = 1.5;

    /// <summary>Most of <see cref="PhotographEstimates.BrightnessNoise"/>, in levels.</summary>
    public const double BrightnessNoise = 5;

    /// <summary>Most of <see cref="PhotographEstimates.Saturated"/>.</summary>
    public const double Saturated = 0.15;
}
