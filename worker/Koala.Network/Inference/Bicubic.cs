using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>Enlargement by cubic convolution (Keys, 1981; a = −0.5) with symmetric borders: what papers call bicubic.</summary>
public static class Bicubic
{
    /// <summary>LR pixels on each side that a pixel depends on.</summary>
    internal const int Reach = 2;

    /// <summary><c>(N, C, H, W) → (N, C, sH, sW)</c>.</summary>
    public static Tensor Enlarge(Tensor image, int scale)
    {
        using var scope = NewDisposeScope();
        var rows = Weights((int)image.shape[2], scale).to(image.device);
        var columns = Weights((int)image.shape[3], scale).to(image.device);
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
                weights[i, Math.Min(place, 2 * length - 1 - place)] += (float)Kernel(Math.Abs(centre - j));
            }
        }

        return tensor(weights);
    }

    /// <summary>Keys' cubic kernel at a distance from its middle.</summary>
    internal static double Kernel(double distance) => distance switch
    {
        <= 1 => (1.5 * distance - 2.5) * distance * distance + 1,
        < 2 => ((-0.5 * distance + 2.5) * distance - 4) * distance + 2,
        _ => 0,
    };
}
