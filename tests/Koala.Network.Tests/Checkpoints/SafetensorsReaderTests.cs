using static TorchSharp.torch;

namespace Koala.Network.Tests.Checkpoints;

/// <summary>Alone in the process: what other tests compute would suffer from the collections.</summary>
[Collection(nameof(GarbageCollections))]
public sealed class SafetensorsReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("koala-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_DuringGarbageCollections_IsWhatTheFileHolds()
    {
        // No dispose scope: it would hold what is read.
        using var written = rand([400, 64, 3, 3], ScalarType.Float32);
        var path = Path.Combine(_folder, "one.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["a"] = written }, new Dictionary<string, string>(), ScalarType.Float16);
        using var reader = new SafetensorsReader(path);
        using var expected = reader.Read("a");
        using var collections = new GarbageCollections();
        // Takes memory as soon as it is free.
        using var ended = new CancellationTokenSource();
        var others = new Thread(() =>
        {
            while (!ended.IsCancellationRequested)
                using (rand(expected.shape)) { }
        });
        others.Start();
        var different = Enumerable.Range(0, 2000).Count(_ => !IsExpected());
        ended.Cancel();
        others.Join();
        Assert.Equal(0, different);

        bool IsExpected()
        {
            using var read = reader.Read("a");
            return allclose(read, expected, rtol: 0, atol: 0);
        }
    }
}
