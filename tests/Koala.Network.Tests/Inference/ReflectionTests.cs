using static TorchSharp.torch;

namespace Koala.Network.Tests.Inference;

public sealed class ReflectionTests
{
    [Fact]
    public void Pad_BeyondTheImage_RepeatsTheEdgeAndReflectsAgain()
    {
        using var scope = NewDisposeScope();
        var row = tensor(new float[] { 1, 2, 3 }).view(1, 1, 1, 3);
        var padded = Reflection.Pad(row, 0, 0, 7, 4);
        Assert.Equal([1, 1, 2, 3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1], padded.data<float>().ToArray());
    }

    [Fact]
    public void Pad_OnePixel_IsFlat()
    {
        using var scope = NewDisposeScope();
        var padded = Reflection.Pad(full([1, 3, 1, 1], 0.5f), 8, 8, 8, 8);
        Assert.Equal([1, 3, 17, 17], padded.shape);
        Assert.True((padded == 0.5).all().item<bool>());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 4)]
    [InlineData(16, 16)]
    [InlineData(17, 20)]
    public void Border_AnyHalo_IsOnThePoolingGrid(int halo, int border) => Assert.Equal(border, Reflection.Border(halo));

    [Theory]
    [InlineData(12, 17, 20)]
    [InlineData(13, 17, 23)]
    [InlineData(15, 16, 17)]
    public void BorderAfter_AnyLength_EndsOnThePoolingGrid(int length, int halo, int border) =>
        Assert.Equal(border, Reflection.BorderAfter(length, halo));
}
