using Koala.TestFiles;
using static TorchSharp.torch;

namespace Koala.Network.Tests.Checkpoints;

// Alone: it looks at the memory of the whole process.
[Collection(nameof(SafetensorsMutationTests))]
[CollectionDefinition(nameof(SafetensorsMutationTests), DisableParallelization = true)]
public sealed class SafetensorsMutationTests : IDisposable
{
    private const int Inputs = 30_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("koala-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 300_000)]
    public async Task Read_DamagedFiles_AreReadOrRefusedAndLeaveNothing()
    {
        await Task.Yield();
        var path = Path.Combine(_folder, "weights.safetensors");
        using (var scope = NewDisposeScope())
        {
            var weights = new Dictionary<string, Tensor> { ["a.weight"] = rand(3, 2, 2), ["a.bias"] = rand(3), ["scale"] = rand(1) };
            SafetensorsWriter.Write(path, weights, new Dictionary<string, string> { ["format"] = "koalanet 1", ["scale"] = "4" }, ScalarType.Float32);
        }
        var whole = File.ReadAllBytes(path);
        var mutations = new Mutations(seed: 7);
        var (read, refused) = (0, 0);
        for (var i = 0; i < Inputs; i++)
        {
            File.WriteAllBytes(path, mutations.Of(whole));
            try
            {
                using var reader = new SafetensorsReader(path);
                foreach (var name in reader.Names)
                    reader.Read(name).Dispose();
                read++;
            }
            catch (CheckpointException)
            {
                refused++;
            }
            if (i == Inputs / 10)
                _settled = Memory();
        }
        Assert.True(read > 100 && refused > 10_000, $"{read} read, {refused} refused: not damaged as meant");
        Assert.InRange(Memory() - _settled, long.MinValue, 50 << 20);
    }

    private long _settled;

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet;
    }
}
