using System.Buffers.Binary;
using System.Text;
using static TorchSharp.torch;

namespace Koala.Network.Tests.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("koala-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(ScalarType.Float32, 0)]
    [InlineData(ScalarType.Float16, 1e-3)]
    [InlineData(ScalarType.BFloat16, 1e-2)]
    public void Load_WhatSaveWrote_IsEqual(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        var info = new CheckpointInfo(
            new KoalaNetOptions(2, UpsamplingVariant.FilterOnly, DownsamplingVariant.UNet), 2, "1500", 12, "none");
        using var network = new KoalaNet(info.Options);
        var path = Path.Combine(_folder, "weights.safetensors");
        Checkpoint.Save(path, Weights(network), info, type);

        var (loaded, loadedInfo) = Checkpoint.Load(path);
        Assert.Equal(info, loadedInfo);
        foreach (var (name, expected) in Weights(network))
            Assert.True(allclose(Weights(loaded)[name], expected, rtol: tolerance, atol: tolerance / 100), name);
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Load_MissingFile_SaysSo()
    {
        var e = Assert.Throws<CheckpointException>(() => Checkpoint.Load(Path.Combine(_folder, "none.safetensors")));
        Assert.EndsWith("no such file", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_EveryTruncation_Throws()
    {
        using var scope = NewDisposeScope();
        var whole = Small(out var path);
        foreach (var length in Enumerable.Range(0, 200).Select(i => (int)((long)whole.Length * i / 200)))
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<CheckpointException>(() => Checkpoint.ReadInfo(path));
        }
    }

    [Fact]
    public void Load_TrailingBytes_Throws()
    {
        var whole = Small(out var path);
        File.WriteAllBytes(path, [.. whole, 0]);
        Assert.Contains("truncated or oversized", Assert.Throws<CheckpointException>(() => Checkpoint.ReadInfo(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1000000,1000000,1000000,1000000],"data_offsets":[0,4]}}""", "shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}""", "outside")]
    [InlineData("""{"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}""", "Q4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "header")]
    [InlineData("""[1, 2]""", "header")]
    [InlineData("""{"a":""", "header")]
    public void Load_ForeignHeader_ThrowsWithoutReadingTensors(string header, string expected)
    {
        var path = Path.Combine(_folder, "foreign.safetensors");
        File.WriteAllBytes(path, [.. Prefix((ulong)header.Length), .. Encoding.UTF8.GetBytes(header), 0, 0, 0, 0]);
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => Checkpoint.ReadInfo(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HugeHeaderLength_ThrowsWithoutAllocating()
    {
        var path = Path.Combine(_folder, "huge.safetensors");
        File.WriteAllBytes(path, [.. Prefix(ulong.MaxValue), .. new byte[100]]);
        Assert.Throws<CheckpointException>(() => Checkpoint.ReadInfo(path));
        File.WriteAllText(path, "This is no safetensors file but a letter to a friend.");
        Assert.Throws<CheckpointException>(() => Checkpoint.ReadInfo(path));
    }

    [Theory]
    [InlineData("format", "something else", "not weights of KOALAnet")]
    [InlineData("scale", "3", "scale 3")]
    [InlineData("scale", "2", "shape")]
    [InlineData("upsampling", "Magic", "not known")]
    [InlineData("upsampling", "Baseline", "does not have")]
    [InlineData("halo", "4000", "halo 4000")]
    [InlineData("halo", "-4", "number 'halo'")]
    public void Load_MetadataOfAnotherNetwork_Throws(string key, string value, string expected)
    {
        using var scope = NewDisposeScope();
        var metadata = new Dictionary<string, string> { ["format"] = "koalanet 1", ["scale"] = "4", [key] = value };
        using var network = new KoalaNet(new KoalaNetOptions(4));
        var path = Path.Combine(_folder, "weights.safetensors");
        SafetensorsWriter.Write(path, Weights(network), metadata);
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => Checkpoint.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingTensor_NamesIt()
    {
        using var scope = NewDisposeScope();
        using var network = new KoalaNet(new KoalaNetOptions(4));
        var weights = Weights(network);
        weights.Remove("upsampling.koala3.filter1.bias");
        var path = Path.Combine(_folder, "weights.safetensors");
        Checkpoint.Save(path, weights, new CheckpointInfo(network.Options));
        Assert.Contains(
            "'upsampling.koala3.filter1.bias' is missing", Assert.Throws<CheckpointException>(() => Checkpoint.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CopyCommon_OtherScale_TakesTheTrunk()
    {
        using var scope = NewDisposeScope();
        using var four = new KoalaNet(new KoalaNetOptions(4));
        using var two = new KoalaNet(new KoalaNetOptions(2));
        var path = Path.Combine(_folder, "weights.safetensors");
        Checkpoint.Save(path, Weights(four), new CheckpointInfo(four.Options));
        // All but the last filter convolution and the last of the image head, which have other shapes.
        Assert.Equal(Weights(two).Count - 3, Checkpoint.CopyCommon(path, two));
        Assert.True(equal(Weights(two)["upsampling.residual6.conv1.weight"], Weights(four)["upsampling.residual6.conv1.weight"]).all().item<bool>());
    }

    private static Dictionary<string, Tensor> Weights(KoalaNet network) =>
        network.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);

    private static byte[] Prefix(ulong length)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, length);
        return prefix;
    }

    private byte[] Small(out string path)
    {
        using var values = ones(10);
        path = Path.Combine(_folder, "small.safetensors");
        SafetensorsWriter.Write(
            path, new Dictionary<string, Tensor> { ["a"] = values }, new Dictionary<string, string> { ["format"] = "koalanet 1", ["scale"] = "4" });
        return File.ReadAllBytes(path);
    }
}
