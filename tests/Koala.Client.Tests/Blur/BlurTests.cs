namespace Koala.Client.Tests;

public sealed class BlurTests
{
    [Theory]
    [InlineData(3, 1, 0)]
    [InlineData(3, 1, 0.5)]
    [InlineData(2, 1.5, 1.5707963)]
    [InlineData(4, 0.2, 3.0)]
    public void FromCovariance_OfAnEllipse_IsTheEllipse(double major, double minor, double angle)
    {
        var (sin, cos) = Math.SinCos(angle);
        var (a, b) = (major * major, minor * minor);
        var blur = Blur.FromCovariance(cos * cos * a + sin * sin * b, sin * sin * a + cos * cos * b, sin * cos * (a - b));
        Assert.Equal((major, minor, angle), (blur.SigmaMajor, blur.SigmaMinor, blur.Angle), (x, y) =>
            Math.Abs(x.Item1 - y.Item1) < 1e-3 && Math.Abs(x.Item2 - y.Item2) < 1e-3 && Math.Abs(x.Item3 - y.Item3) < 1e-3);
    }

    [Fact]
    public void FromCovariance_NotQuiteOne_HasNoWidthBelowZero() => Assert.Equal(0, Blur.FromCovariance(1, -0.5, 0).SigmaMinor);
}
