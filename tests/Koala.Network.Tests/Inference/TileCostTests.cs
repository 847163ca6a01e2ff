using TorchSharp;
using static TorchSharp.torch;

namespace Koala.Network.Tests.Inference;

/// <summary>What a tile costs, counted and not timed: a slow machine changes nothing of it.</summary>
public sealed class TileCostTests : IDisposable
{
    private readonly InferenceModel _model = InferenceModel.Load(
        Path.Combine(AppContext.BaseDirectory, "models", "koalanet-x4.safetensors"), CPU);

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void Upscale_ATile_MakesFewTensorsAndLeavesNone(Precision precision)
    {
        using var lr = rand([1, 3, 16, 16]);
        _model.Upscale(lr, precision).Dispose();
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        var (living, made) = (statistics.ThreadTotalLiveCount, statistics.CreatedInScopeCount + statistics.CreatedOutsideScopeCount);
        _model.Upscale(lr, precision).Dispose();
        Assert.Equal(living, statistics.ThreadTotalLiveCount);
        // Two for each convolution and what lies between them; a copy of every feature map would be a hundred more.
        Assert.InRange(statistics.CreatedInScopeCount + statistics.CreatedOutsideScopeCount - made, 1, 600);
    }

    [Fact]
    public void Upscale_ALargerTile_AllocatesNoMoreManagedMemory()
    {
        var small = Allocated(16);
        var large = Allocated(48);
        Assert.InRange(small, 1, 400_000);
        Assert.InRange(large - small, -20_000, 20_000);

        long Allocated(int side)
        {
            using var lr = rand([1, 3, side, side]);
            _model.Upscale(lr, Precision.Fp32).Dispose();
            var before = GC.GetAllocatedBytesForCurrentThread();
            _model.Upscale(lr, Precision.Fp32).Dispose();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
