using Koala.Training.Data;
using static TorchSharp.torch;

namespace Koala.Training.Tests;

/// <summary>A temporary folder with pictures to learn from.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("koala-test-").FullName;

    public string Sub(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>Smooth random pictures, each another one.</summary>
    public string Photographs(int count, int side)
    {
        var folder = Directory.CreateDirectory(Sub("photographs")).FullName;
        for (var i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator((ulong)(100 + i));
            var coarse = rand([1, 3, side / 4, side / 4], generator: generator) * 2 - 1;
            Photograph.Write(Koala.Network.Bicubic.Enlarge(coarse, 4), System.IO.Path.Combine(folder, $"{i:00}.png"));
        }

        return folder;
    }
}
