using Koala.Network;
using Koala.Training.Data;
using static TorchSharp.torch;

namespace Koala.Training.Stages;

/// <summary>
/// What a validation looks like, for people: a row a photograph with LR image, result, HR image, and the true and the estimated kernel
/// (as the paper's Figs. 3 and 7).
/// </summary>
internal sealed class ContactSheet(int side) : IDisposable
{
    private const int Gap = 4;

    private readonly List<Tensor> _rows = [];

    /// <summary>Adds a row; pictures (1, 3, H, W) in [-1, 1], on any device, kernels of 400 taps, null for what the stage does not have.</summary>
    public void Add(Tensor lr, Tensor? result, Tensor hr, float[] truth, float[]? estimated)
    {
        using var scope = NewDisposeScope();
        var brightest = Math.Max(truth.Max(), estimated?.Max() ?? 0);
        var kernels = cat([Kernel(truth, brightest), Kernel(estimated ?? new float[400], brightest)], 2);
        _rows.Add(cat([Cell(lr), Cell(result ?? zeros_like(hr)), Cell(hr), Cell(kernels)], 3).DetachFromDisposeScope());
    }

    /// <summary>Writes all rows as one PNG file.</summary>
    public void Write(string path)
    {
        if (_rows.Count == 0)
            return;
        using var sheet = cat(_rows, 2);
        Photograph.Write(sheet, path);
    }

    public void Dispose() => _rows.ForEach(row => row.Dispose());

    // Grey, the brightest tap of both white; negative taps are black.
    private static Tensor Kernel(float[] taps, float brightest) =>
        (tensor(taps).view(1, 1, 20, 20).Between(0, brightest).Times(2 / brightest).Plus(-1)).expand(1, 3, 20, 20);

    // By nearest pixels, so that nothing is made better than it is.
    private Tensor Cell(Tensor image)
    {
        var height = side;
        var width = (int)(side * image.shape[3] / image.shape[2]);
        var cell = nn.functional.interpolate(image.to(ScalarType.Float32, CPU), [height, width], mode: InterpolationMode.Nearest);
        return nn.functional.pad(cell, [0, Gap, 0, Gap], value: 1);
    }
}
