using static TorchSharp.torch;

namespace Koala.Network.Tests;

public sealed class ChannelsLastTests
{
    // Kernels of a photograph of more than 1.3 megapixels. Nothing is written but one element, so that it takes no memory.
    [Fact]
    public unsafe void Pointer_MoreThan2GiB_IsWhereTheElementsLie()
    {
        using var large = empty([2_200_000_000], ScalarType.Byte);
        using var part = large.narrow(0, 7, 2_199_999_993);
        *part.Pointer<byte>() = 77;
        using var element = large[7];
        Assert.Equal(77, element.item<byte>());
    }
}
