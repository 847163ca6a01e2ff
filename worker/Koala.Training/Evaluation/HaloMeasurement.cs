using Koala.Network;
using Koala.Training.Data;
using static TorchSharp.torch;

namespace Koala.Training.Evaluation;

/// <summary>The difference that cutting into tiles makes.</summary>
public static class HaloMeasurement
{
    // Wider than the network's worst-case reach of 94 LR pixels: nothing beyond it can matter.
    private const int Reach = 96;

    /// <summary>
    /// The image by tiles of <paramref name="tile"/>² wanted LR pixels with a halo, against the image at once; in fp32, both continued by
    /// reflection.
    /// </summary>
    /// <returns>Largest difference and mean square of all, in levels of 255, before rounding.</returns>
    public static (double Largest, double MeanSquare) Of(InferenceModel model, Photograph image, int tile, int halo, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(image);
        var scale = model.Info.Options.Scale;
        using var scope = NewDisposeScope();
        using var lr = image.Crop(image.Width / tile * tile, image.Height / tile * tile).ToTensor();
        using var continued = Reflection.Pad(lr, Reach, Reach, Reach, Reach);
        using var whole = model.Upscale(continued, Precision.Fp32);
        var (largest, sum, tiles) = (0.0, 0.0, 0);
        for (var y = Reach; y < Reach + lr.shape[2]; y += tile)
            for (var x = Reach; x < Reach + lr.shape[3]; x += tile)
            {
                cancellation.ThrowIfCancellationRequested();
                using var one = NewDisposeScope();
                var input = continued.narrow(2, y - halo, tile + 2 * halo).narrow(3, x - halo, tile + 2 * halo);
                var output = model.Upscale(input, Precision.Fp32).narrow(2, scale * halo, scale * tile).narrow(3, scale * halo, scale * tile);
                var difference = (output - whole.narrow(2, scale * y, scale * tile).narrow(3, scale * x, scale * tile)).Times(127.5);
                largest = Math.Max(largest, difference.abs().max().item<float>());
                sum += difference.Squared().mean().item<float>();
                tiles++;
            }

        return (largest, sum / tiles);
    }
}
