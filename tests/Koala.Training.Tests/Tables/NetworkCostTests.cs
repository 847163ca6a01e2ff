using Koala.Network;
using Koala.Training.Tables;

namespace Koala.Training.Tests.Tables;

public sealed class NetworkCostTests
{
    [Theory]
    [InlineData(2, 6.17, 3.06)]
    [InlineData(4, 6.54, 3.48)]
    public void Of_TheFullNetwork_IsWhatCountingByHandGives(int scale, double parameters, double multiplyAdds)
    {
        var cost = NetworkCost.Of(new KoalaNetOptions(scale));
        Assert.Equal(parameters, cost.Parameters / 1e6, 2);
        Assert.Equal(multiplyAdds, cost.MultiplyAdds / 1e6, 2);
    }

    [Fact]
    public void Of_TheBaseline_IsItsConvolutions()
    {
        // conv_in, 5 + 7 residual blocks and both heads, by hand, and the 5×5 filters of three colours.
        const double Convolutions = (9 * 3 * 64) + (12 * 2 * 9 * 64 * 64) + (9 * 64 * 128) + (9 * 128 * 25 * 4) + (9 * 64 * 128) + (4 * 9 * 32 * 3);
        Assert.Equal(Convolutions + (25 * 4 * 3), NetworkCost.Of(new KoalaNetOptions(2, UpsamplingVariant.Baseline)).MultiplyAdds);
    }
}
