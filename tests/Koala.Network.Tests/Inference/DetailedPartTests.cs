using static TorchSharp.torch;

namespace Koala.Network.Tests.Inference;

public sealed class DetailedPartTests
{
    private const int Side = 120;

    // Across and down: a slope from black to white, which is smooth.
    private static Tensor Slope() => (linspace(-1, 1, Side).view(1, 1, 1, -1) * ones(1, 3, Side, 1)).contiguous();

    private static Tensor Textured(int y, int x, int height, int width)
    {
        var image = Slope();
        image.narrow(2, y, height).narrow(3, x, width).copy_(rand([1, 3, height, width]) * 2 - 1);
        return image;
    }

    [Fact]
    public void Of_Slope_IsNull()
    {
        using var scope = NewDisposeScope();
        Assert.Null(DetailedPart.Of(Slope(), new ImagePart(2, 2, Side - 4, Side - 4), 2));
        // Too near the border to say.
        Assert.Equal(new ImagePart(1, 2, 9, 9), DetailedPart.Of(Slope(), new ImagePart(1, 2, 9, 9), 2));
    }

    [Fact]
    public void Of_Texture_IsItWithAMargin()
    {
        using var scope = NewDisposeScope();
        var image = Textured(40, 60, 10, 20);
        var detail = DetailedPart.Of(image, new ImagePart(2, 2, Side - 4, Side - 4), 2)!.Value;
        Assert.InRange(detail.Y, 34, 36);
        Assert.InRange(detail.X, 54, 56);
        Assert.InRange(detail.Y + detail.Height, 54, 56);
        Assert.InRange(detail.X + detail.Width, 84, 86);
        // What of it lies in a part, and what does not.
        Assert.Equal(new ImagePart(45, 70, 5, detail.X + detail.Width - 70), DetailedPart.Of(image, new ImagePart(45, 70, 5, 40), 2));
        Assert.Null(DetailedPart.Of(image, new ImagePart(70, 2, 40, Side - 4), 2));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Infer_SmoothLevels_IsTheNetworksWhereThereIsDetail(int scale)
    {
        using var scope = NewDisposeScope();
        using var model = InferenceModel.Load(Path.Combine(AppContext.BaseDirectory, "models", $"koalanet-x{scale}.safetensors"), CPU);
        var image = Textured(90, 6, 20, 20);
        var part = new ImagePart(2, 4, 110, 100);
        var detail = DetailedPart.Of(image, part, 2)!.Value;
        var hr = model.Infer(image, Precision.Fp32, new InferenceOptions { SmoothLevels = 2 }, part: part).Hr!;
        var whole = model.Upscale(image, Precision.Fp32);
        var inside = detail.Within(part);
        // The rest of the tile is beyond the halo.
        Assert.InRange((inside.Of(hr, scale) - detail.Of(whole, scale)).abs().max().item<float>() * 127.5, 0, 0.5);
        var bicubic = part.Of(Bicubic.Enlarge(image, scale), scale).clone();
        inside.Of(bicubic, scale).copy_(inside.Of(hr, scale));
        Assert.InRange((bicubic - hr).abs().max().item<float>(), 0, 1e-5);
        Assert.Equal(
            part.Of(Bicubic.Enlarge(Slope(), scale), scale).data<float>().ToArray(),
            model.Infer(Slope(), Precision.Fp32, new InferenceOptions { SmoothLevels = 2 }, part: part).Hr!.data<float>().ToArray(),
            (one, other) => Math.Abs(one - other) < 1e-5);
        Assert.Throws<ArgumentException>(() => model.Infer(image, Precision.Fp32, new InferenceOptions { SmoothLevels = 2, Rebuilt = true }));
    }
}
