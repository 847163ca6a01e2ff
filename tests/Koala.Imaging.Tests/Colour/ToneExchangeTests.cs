using Koala.Imaging.Colour;
using Koala.TestFiles;

namespace Koala.Imaging.Tests.Colour;

public class ToneExchangeTests
{
    [Theory]
    [InlineData(1.8)]
    [InlineData(2.2)]
    [InlineData(3.0)]
    [InlineData(1.0)]
    public void ToNetwork_Power_IsSrgbOfLightAndComesBack(double gamma)
    {
        var exchange = Exchange(IccProfiles.Gamma(gamma))!;
        var exact = Math.Round(gamma * 256) / 256;
        foreach (var value in (float[])[0, 0.001f, 0.02f, 0.25f, 0.5f, 0.9f, 1])
        {
            var network = exchange.ToNetwork(value);
            Assert.Equal(Srgb(Math.Pow(value, exact)), network, 4);
            Assert.Equal(value, exchange.ToFile(network), 4);
        }
    }

    [Fact]
    public void ToFile_EveryLevelOf16Bits_ComesBackExactly()
    {
        foreach (var profile in (byte[][])[IccProfiles.AdobeRgb, IccProfiles.LinearRgb])
        {
            var exchange = ToneExchange.Of(IccProfile.ToneCurves(profile, 3)!)![0];
            for (var level = 0; level <= 65535; level++)
                Assert.Equal(level, (int)MathF.Round(exchange.ToFile(exchange.ToNetwork(level / 65535f)) * 65535));
        }
    }

    [Fact]
    public void Of_NearlySrgb_IsNoExchange()
    {
        Assert.Null(ToneExchange.Of(IccProfile.ToneCurves(IccProfiles.DisplayP3, 3)!));
        int[] samples = [.. Enumerable.Range(0, 1024).Select(i => (int)Math.Round(65535 * Light(i / 1023.0)))];
        Assert.Null(Exchange(IccProfiles.Sampled(samples)));
    }

    [Fact]
    public void ToNetwork_LightBeyondWhiteOrBelowBlack_ComesBack()
    {
        foreach (var value in (float[])[-2, -0.001f, 1.5f, 100])
            Assert.Equal(value, ToneExchange.OfLight.ToFile(ToneExchange.OfLight.ToNetwork(value)), 3);
    }

    [Theory]
    [InlineData(0, new[] { 1.8 }, 0.5, 0.28717)]
    [InlineData(1, new[] { 2, 0.5, 0.5 }, 0.5, 0.5625)]
    [InlineData(2, new[] { 2, 0.5, 0.25, 0.125 }, 0.5, 0.375)]
    [InlineData(3, new[] { 2, 1, 0, 0.25, 0.1 }, 0.05, 0.0125)]
    [InlineData(4, new[] { 2, 1, 0, 0.25, 0.1, 0.5, 0.125 }, 0.5, 0.75)]
    [InlineData(4, new[] { 2, 1, 0, 0.25, 0.1, 0.5, 0.125 }, 0.05, 0.1375)]
    public void Parse_ParametricCurve_IsItsFormula(int type, double[] parameters, double value, double light) =>
        Assert.Equal(light, ToneCurve.Parse(IccProfiles.Parametric(type, parameters))!.ToLight(value), 4);

    [Fact]
    public void Parse_SampledCurve_IsInterpolated() =>
        Assert.Equal(0.25, ToneCurve.Parse(IccProfiles.Sampled(0, 32768, 65535))!.ToLight(0.25), 4);

    [Fact]
    public void ToneCurves_ProfileThatIsNone_AreNone()
    {
        Assert.Null(IccProfile.ToneCurves([], 3));
        Assert.Null(IccProfile.ToneCurves(new byte[4000], 3));
        Assert.Null(IccProfile.ToneCurves(IccProfiles.AdobeRgb, 1));
        Assert.Null(IccProfile.ToneCurves(IccProfiles.AdobeRgb.AsSpan(0, 300), 3));
        Assert.Null(ToneCurve.Parse(IccProfiles.Parametric(7, 1)));
        Assert.Null(ToneCurve.Parse("curv\0\0\0\0\xff\xff\xff\xff"u8));
    }

    private static ToneExchange? Exchange(byte[] curve) => ToneExchange.Of([ToneCurve.Parse(curve)!])?[0];

    private static double Srgb(double light) => light <= 0.0031308 ? 12.92 * light : 1.055 * Math.Pow(light, 1 / 2.4) - 0.055;

    private static double Light(double srgb) => srgb <= 0.04045 ? srgb / 12.92 : Math.Pow((srgb + 0.055) / 1.055, 2.4);
}
