using Koala.Training.Degradation;

namespace Koala.Training.Tests.Degradation;

public sealed class SoftDiscTests
{
    [Fact]
    public void Fill_FallsFromOneToZeroOverTheBorder()
    {
        var shares = new float[16 * 16];
        new SoftDisc(4, 8, 3, 2).Fill(shares, 16);
        Assert.Equal([0, 0.5f, 1, 1, 1, 1, 1, 0.5f, 0, 0, 0, 0, 0, 0, 0, 0], shares[(8 * 16)..(9 * 16)]);
        Assert.All(shares[..(4 * 16)], share => Assert.Equal(0, share));
    }

    [Fact]
    public void Random_ManyDraws_StayInTheirRanges()
    {
        var random = new Random(1);
        Assert.All(Enumerable.Range(0, 1000).Select(_ => SoftDisc.Random(random, 64)), disc =>
        {
            Assert.InRange(disc.X, 0, 64);
            Assert.InRange(disc.Y, 0, 64);
            Assert.InRange(disc.Radius, 6.4, 44.8);
            Assert.InRange(disc.Border, 1, 8);
        });
    }
}
