namespace Koala.Imaging.Colour;

/// <summary>
/// Exchanges a channel's tone curve for that of sRGB, which the network was trained with, and back.
/// </summary>
/// <remarks>The primaries stay what they are: every colour of the picture, however wide its gamut, keeps its place between
/// 0 and 1, so nothing can clip on the way.</remarks>
internal sealed class ToneExchange
{
    // Half a level of 8 bits: a difference that the network cannot notice.
    private const double Negligible = 0.5 / 255;
    private const int Steps = ushort.MaxValue;

    // The network's value of each of the file's 16-bit values; null where the file stores light itself.
    private readonly float[]? _network;
    // Where to begin looking for a network's value: the last entry below each of so many equal steps.
    private readonly int[] _starts = new int[4096 + 1];
    private bool _negligible;

    private ToneExchange(float[]? network)
    {
        _network = network;
        if (network is null)
            return;
        for (var (step, i) = (0, 0); step < _starts.Length; step++)
        {
            while (i < Steps && network[i + 1] <= (float)step / (_starts.Length - 1))
                i++;
            _starts[step] = i;
        }
    }

    /// <summary>For a file whose values are light, without bounds.</summary>
    public static ToneExchange OfLight { get; } = new(null);

    /// <summary>For the curves of all channels.</summary>
    /// <returns><see langword="null"/> if all are nearly sRGB's own, or one cannot be turned round.</returns>
    public static ToneExchange[]? Of(ToneCurve[] curves)
    {
        ToneExchange[] exchanges = [.. curves.Select(Of).OfType<ToneExchange>()];
        return exchanges.Length < curves.Length || exchanges.All(exchange => exchange._negligible) ? null : exchanges;
    }

    private static ToneExchange? Of(ToneCurve curve)
    {
        if (ReferenceEquals(curve, ToneCurve.Linear))
            return OfLight;
        var network = new float[Steps + 1];
        var difference = 0.0;
        for (var i = 0; i <= Steps; i++)
        {
            network[i] = (float)ToSrgb(curve.ToLight((double)i / Steps));
            difference = Math.Max(difference, Math.Abs(network[i] - (double)i / Steps));
            if (i > 0 && network[i] < network[i - 1])
                return null;
        }
        // What does not reach from black to white is no curve to work with.
        return network[0] > 0.01 || network[^1] < 0.99 ? null : new ToneExchange(network) { _negligible = difference < Negligible };
    }

    /// <summary>From a value of the file, 0 to 1 or beyond, to the network's.</summary>
    public float ToNetwork(float file)
    {
        if (_network is null)
            return file < 0 ? (float)-ToSrgb(-file) : (float)ToSrgb(file);
        if (file is < 0 or > 1)
            return file;
        var place = file * Steps;
        var index = Math.Min((int)place, Steps - 1);
        return _network[index] + (place - index) * (_network[index + 1] - _network[index]);
    }

    /// <summary>The inverse of <see cref="ToNetwork"/>.</summary>
    public float ToFile(float network)
    {
        if (_network is null)
            return network < 0 ? (float)-ToLight(-network) : (float)ToLight(network);
        if (network <= _network[0])
            return Math.Min(network, 0);
        if (network >= _network[Steps])
            return Math.Max(network, 1);
        var index = _starts[(int)(network * (_starts.Length - 1))];
        while (_network[index + 1] < network)
            index++;
        return (index + (network - _network[index]) / (_network[index + 1] - _network[index])) / Steps;
    }

    // IEC 61966-2-1, continued beyond white.
    private static double ToSrgb(double light) =>
        light <= 0.0031308 ? 12.92 * light : 1.055 * Math.Pow(light, 1 / 2.4) - 0.055;

    private static double ToLight(double srgb) =>
        srgb <= 0.04045 ? srgb / 12.92 : Math.Pow((srgb + 0.055) / 1.055, 2.4);
}
