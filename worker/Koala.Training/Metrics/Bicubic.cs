using static TorchSharp.torch;

namespace Koala.Training.Metrics;

/// <summary>Enlargement by cubic convolution (Keys, 1981; a = −0.5) with symmetric borders: what papers call bicubic.</summary>
public static class Bicubic
{
    /// <summary><c>(N, C, H, W) → (N, C, sH, sW)</c>.</summary>
    public static Tensor Enlarge(Tensor image, int scale)
    {
        using var scope = NewDisposeScope();
        var rows = Weights((int)image.shape[2], scale);
        var columns = Weights((int)image.shape[3], scale);
        return rows.matmul(image).matmul(columns.transpose(0, 1)).MoveToOuterDisposeScope();
    }

    // (s·length, length): what every LR pixel contributes to every HR pixel.
    private static Tensor Weights(int length, int scale)
    {
        var weights = new float[scale * length, length];
        for (var i = 0; i < scale * length; i++)
        {
            var centre = (i + 0.5) / scale - 0.5;
            for (var j = (int)Math.Floor(centre) - 1; j <= (int)Math.Floor(centre) + 2; j++)
            {
                var place = (j % (2 * length) + 2 * length) % (2 * length);
                weights[i, Math.Min(place, 2 * length - 1 - place)] += (float)Cubic(Math.Abs(centre - j));
            }
        }

        return tensor(weights);
    }

    private static double Cubic(double x) => x switch
    {
        <= 1 => (1.5 * x - 2.5) * x * x + 1,
        < 2 => ((-0.5 * x + 2.5) * x - 4) * x + 2,
        _ => 0,
    };
}
