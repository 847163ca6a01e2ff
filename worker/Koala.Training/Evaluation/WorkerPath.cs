using Koala.Client;
using Koala.Training.Data;
using static TorchSharp.torch;

namespace Koala.Training.Evaluation;

/// <summary>Enlarges as users do, through a worker and the client's tiles, to be compared with the bare network.</summary>
public sealed class WorkerPath(KoalaClient client, int scale, string model, Network.Precision precision)
{
    /// <summary><c>lr (1, 3, H, W) in [-1, 1], on 256 levels → hr (1, 3, sH, sW)</c>, on 256 levels.</summary>
    /// <exception cref="KoalaException">The worker cannot do it.</exception>
    public Tensor Enlarge(Tensor lr)
    {
        var source = Photograph.FromTensor(lr);
        var result = new Photograph(scale * source.Width, scale * source.Height, new byte[3 * scale * scale * source.Width * source.Height]);
        client.UpscaleAsync(new UpscaleJob
        {
            Width = source.Width,
            Height = source.Height,
            PixelFormat = PixelFormat.RgbU8,
            Scale = scale,
            Model = model,
            Precision = precision == Network.Precision.Bf16 ? Precision.Bf16 : Precision.Fp32,
            ReadRows = (y, count, rows, _) =>
            {
                source.Pixels.AsMemory(3 * source.Width * y, 3 * source.Width * count).CopyTo(rows);
                return ValueTask.CompletedTask;
            },
            WriteRows = (y, _, rows, _) =>
            {
                rows.CopyTo(result.Pixels.AsMemory(3 * result.Width * y));
                return ValueTask.CompletedTask;
            },
        }).GetAwaiter().GetResult();
        return result.ToTensor();
    }
}
