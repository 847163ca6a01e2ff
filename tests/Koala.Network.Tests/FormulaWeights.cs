using System.IO.Hashing;
using System.Text;
using static TorchSharp.torch;

namespace Koala.Network.Tests;

/// <summary>Weights from a formula, for comparing implementations without a weights file.</summary>
internal static class FormulaWeights
{
    /// <summary>
    /// <c>u = frac(43758.5453 · sin(12.9898·i + (crc32(name) mod 1000)))</c> in float64; bias 0.01·(2u − 1), weight
    /// sqrt(2 / fan)·(2u − 1) with fan = (second axis, for transposed convolutions the first)·kh·kw.
    /// </summary>
    public static void Fill(KoalaNet network)
    {
        using var _ = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
        {
            var offset = Crc32.HashToUInt32(Encoding.UTF8.GetBytes(name)) % 1000;
            var shape = parameter.shape;
            var gain = shape.Length == 1
                ? 0.01
                : Math.Sqrt(2.0 / ((name.Contains("upsample.", StringComparison.Ordinal) ? shape[0] : shape[1]) * shape[2] * shape[3]));
            var values = new float[parameter.numel()];
            for (var i = 0; i < values.Length; i++)
            {
                var z = 43758.5453 * Math.Sin(12.9898 * i + offset);
                values[i] = (float)(gain * (2 * (z - Math.Floor(z)) - 1));
            }

            using var filled = tensor(values).view(shape);
            parameter.copy_(filled);
        }
    }
}
