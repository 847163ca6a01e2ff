using System.Globalization;
using Koala.Imaging.Analysis;

namespace Koala.Client.CommandLine.Alarms;

/// <summary>What of a photograph can lie beyond what the network was trained on.</summary>
internal enum AlarmReason
{
    /// <summary>The blocks of strong JPEG compression.</summary>
    JpegGrid,

    /// <summary>Noise that is another one in each channel.</summary>
    ColourNoise,

    /// <summary>Noise in brightness.</summary>
    BrightnessNoise,

    /// <summary>Saturated pixels.</summary>
    Saturated,
}

/// <summary>Tells when a photograph is unlike those that the network was trained on: they were sharp, clean and hardly compressed.</summary>
internal static class InputAlarm
{
    /// <summary>What is beyond; usually nothing.</summary>
    public static IReadOnlyList<AlarmReason> Reasons(PhotographEstimates estimates)
    {
        var reasons = new List<AlarmReason>();
        foreach (var (reason, value, most) in new[]
        {
            (AlarmReason.JpegGrid, estimates.JpegGrid, UsualEstimates.JpegGrid),
            (AlarmReason.ColourNoise, estimates.ColourNoise, UsualEstimates.ColourNoise),
            (AlarmReason.BrightnessNoise, estimates.BrightnessNoise, UsualEstimates.BrightnessNoise),
            (AlarmReason.Saturated, estimates.Saturated, UsualEstimates.Saturated),
        })
        {
            if (value > most)
                reasons.Add(reason);
        }
        return reasons;
    }

    /// <summary>One line for people; null where nothing is beyond.</summary>
    /// <param name="photo">Path of the photograph.</param>
    /// <param name="estimates">Of it.</param>
    public static string? Warning(string photo, PhotographEstimates estimates)
    {
        var reasons = Reasons(estimates);
        if (reasons.Count == 0)
            return null;
        var signs = new List<string>();
        if (reasons.Contains(AlarmReason.JpegGrid))
            signs.Add(Invariant($"JPEG blocks (steps of {estimates.JpegGrid:0.0} levels, usual are up to {UsualEstimates.JpegGrid:0.0})"));
        // Noise of both kinds is one thing to people.
        if (reasons.Contains(AlarmReason.ColourNoise) || reasons.Contains(AlarmReason.BrightnessNoise))
            signs.Add(Invariant($"noise of about {Math.Max(estimates.ColourNoise, estimates.BrightnessNoise):0.0} levels"));
        if (reasons.Contains(AlarmReason.Saturated))
            signs.Add(Invariant($"{estimates.Saturated:0 %} of the pixels saturated"));
        return $"Warning: '{photo}' is unlike what the network was trained on: {string.Join(", ", signs)}. The result may show this stronger than the photo does; look at it.";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
