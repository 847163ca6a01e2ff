namespace Koala.Client.Tests.Tiling;

public class ReflectionTests
{
    [Theory]
    [InlineData(0, 5, 0)]
    [InlineData(4, 5, 4)]
    [InlineData(-1, 5, 0)]
    [InlineData(-2, 5, 1)]
    [InlineData(5, 5, 4)]
    [InlineData(9, 5, 0)]
    [InlineData(10, 5, 0)]
    [InlineData(-6, 5, 4)]
    [InlineData(-24, 1, 0)]
    [InlineData(23, 1, 0)]
    [InlineData(-3, 2, 1)]
    public void Index_BeyondTheBorder_RepeatsTheEdgePixel(int index, int length, int expected) =>
        Assert.Equal(expected, Reflection.Index(index, length));

    [Fact]
    public void Index_OfAnyPosition_WalksToAndFro()
    {
        // The definition itself: step by step, turning round at a border by standing still once.
        foreach (var length in new[] { 1, 2, 3, 7 })
        {
            int[] toAndFro = [.. Enumerable.Range(0, length), .. Enumerable.Range(0, length).Reverse()];
            for (var i = -100; i < 100; i++)
                Assert.Equal(toAndFro[(i + 1000 * 2 * length) % (2 * length)], Reflection.Index(i, length));
        }
    }
}
