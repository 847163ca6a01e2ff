using Koala.Training.Data;
using Koala.Training.Degradation;
using static TorchSharp.torch;

namespace Koala.Training.Evaluation;

/// <summary>HR images and the kernels that make their LR images: image number n of the folder has row n of the table.</summary>
public sealed class TestSet
{
    private readonly string _folder;
    private readonly IReadOnlyList<string> _files;
    private readonly IReadOnlyList<DegradationKernel> _kernels;
    private readonly int _scale;

    /// <param name="folder">Folder of HR images.</param>
    /// <param name="kernels">Table of kernels; null for the one that comes with the program.</param>
    /// <param name="scale">s.</param>
    /// <exception cref="InvalidDataException">The folder has no images, or more than the table has rows.</exception>
    public TestSet(string folder, string? kernels, int scale)
    {
        _folder = folder;
        _files = Photograph.FilesIn(folder);
        _kernels = KernelTable.Read(kernels ?? Path.Combine(AppContext.BaseDirectory, "Evaluation", "evaluation-kernels.tsv"));
        _scale = scale;
        if (_files.Count == 0)
            throw new InvalidDataException($"{folder}: no images");
        if (_files.Count > _kernels.Count)
            throw new InvalidDataException($"{folder}: {_files.Count} images, but the table has {_kernels.Count} kernels");
    }

    /// <summary>Number of images.</summary>
    public int Count => _files.Count;

    /// <summary>Where the images that are made of them go in another folder.</summary>
    /// <exception cref="InvalidDataException">An image would be overwritten, or two of them would have the same name.</exception>
    public IReadOnlyList<string> OutputsIn(string output) => OutputFiles.For(_files, _folder, output);

    /// <summary>Image <paramref name="index"/>: HR cut to a multiple of 4s, and its LR image.</summary>
    public TestImage this[int index]
    {
        get
        {
            var hr = Photograph.ReadCut(_files[index], _scale).ToTensor();
            using var list = tensor(_kernels[index].Taps());
            using var taps = list.view(1, -1);
            return new TestImage(Path.GetRelativePath(_folder, _files[index]), hr, Degrader.Degrade(hr, taps, _scale), _kernels[index]);
        }
    }
}

/// <summary>One image of a test set.</summary>
/// <param name="Name">Path in the folder.</param>
/// <param name="Hr">(1, 3, sH, sW) in [-1, 1].</param>
/// <param name="Lr">(1, 3, H, W) in [-1, 1], on 256 levels.</param>
/// <param name="Kernel">The kernel between them.</param>
public sealed record TestImage(string Name, Tensor Hr, Tensor Lr, DegradationKernel Kernel) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Hr.Dispose();
        Lr.Dispose();
    }
}
