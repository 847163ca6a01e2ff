using Koala.TestFiles;
using static TorchSharp.torch;

namespace Koala.Network.Tests;

/// <summary>Alone in the process: what other tests compute would suffer from the collections.</summary>
[Collection(nameof(GarbageCollections))]
[CollectionDefinition(nameof(GarbageCollections), DisableParallelization = true)]
public class TensorArithmeticTests
{
    [Fact]
    public void Numbers_DuringGarbageCollections_AreTheRightOnes()
    {
        using var collections = new GarbageCollections();
        using var all = ones(100);
        // TorchSharp's own operators fail about once in 40,000 times here.
        for (var n = 1; n <= 200_000; n++)
        {
            using var product = all.Times(n);
            using var sum = product.Plus(all);
            using var last = sum[99];
            Assert.Equal(n + 1, last.item<float>());
        }
    }

    [Fact]
    public void Operations_OfATensor_AreThoseOfItsNumbers()
    {
        using var scope = NewDisposeScope();
        var t = tensor([-2f, 0.5f, 3f]);
        float[][] expected = [[-1, 1.5f, 4], [-4, 1, 6], [-1, 0.25f, 1.5f], [4, 0.25f, 9], [0, 0.5f, 3], [0, 0.5f, 1]];
        var results = new[] { t.Plus(1), t.Times(2), t.Over(2), t.Squared(), t.AtLeast(0), t.Between(0, 1) };
        Assert.Equal(expected, results.Select(result => result.data<float>().ToArray()));
        Assert.Equal([-4f, 1f, 6f], t.Plus(t).data<float>().ToArray());
        Assert.Equal([-1f, 2.5f, 6f], tensor([1f, 2f, 3f]).AddInPlace(t).data<float>().ToArray());
        Assert.Equal([-3f, 3f, 9f], tensor([1f, 2f, 3f]).AddInPlace(t, 2).data<float>().ToArray());
        Assert.Equal([0.25f, 1.625f, 3f], tensor([1f, 2f, 3f]).MoveTowards(t, 0.25).data<float>().ToArray());
        Assert.Equal([true, false, false], t.IsLess(0.5).data<bool>().ToArray());
        t.SetAll(7);
        Assert.Equal([7f, 7f, 7f], t.data<float>().ToArray());
    }

    [Fact]
    public void UnsafeOperations_OfTheseTests_AreFound() =>
        Assert.Contains(UnsafeOperations.In(typeof(TensorArithmeticTests).Assembly), operation => operation.Contains("op_Subtraction", StringComparison.Ordinal));

    [Fact]
    public void Network_UsesNoUnsafeOperations() => Assert.Empty(UnsafeOperations.In(typeof(KoalaNet).Assembly));
}
