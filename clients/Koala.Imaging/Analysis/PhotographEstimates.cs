namespace Koala.Imaging.Analysis;

/// <summary>What a photograph has been through, as far as its pixels show it. Levels are those of 8 bits.</summary>
/// <param name="JpegGrid">By how many levels neighbours differ more across the lines of a grid of 8×8 pixels than beside them; 0 to 16.</param>
/// <param name="ColourNoise">Standard deviation, in levels, of noise that is another one in each channel. 0 for grey photographs.</param>
/// <param name="BrightnessNoise">Standard deviation, in levels, of noise in green; fine texture that covers the whole photograph counts as noise.</param>
/// <param name="Saturated">Share of pixels with a channel at its largest value; 0 where there are few pixels.</param>
public sealed record PhotographEstimates(double JpegGrid, double ColourNoise, double BrightnessNoise, double Saturated);
