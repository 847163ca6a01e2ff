using System.Security.Cryptography;
using Koala.Network;
using Koala.Worker.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace Koala.Worker.Tests.Inference;

public sealed class ModelFolderTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_NoFolderOrNoFile_SaysWhatToDo()
    {
        Assert.Contains("does not exist", Problem(_folder.File("none")), StringComparison.Ordinal);
        Assert.Contains("has no *.safetensors file", Problem(_folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OnlyABadFile_SaysWhatIsWrongWithIt()
    {
        File.WriteAllText(_folder.File("bad.safetensors"), "this is no checkpoint");
        Assert.Contains("bad.safetensors", Problem(_folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BadFileBesideAGoodOne_IsLeftOut()
    {
        File.WriteAllText(_folder.File("bad.safetensors"), "this is no checkpoint");
        File.Copy(Path.Combine(new EngineOptions().Models, "koalanet-x4.safetensors"), _folder.File("good.safetensors"));
        var folder = new ModelFolder(_folder.Path, NullLogger<ModelFolder>.Instance);
        var (name, model) = Assert.Single(folder.Load(InferenceDevice.Parse("cpu")));
        using var _ = model;
        Assert.Equal(("good", 4), (name, model.Info.Options.Scale));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_folder.File("good.safetensors")))), folder.HashOf("good"));
    }

    [Fact]
    public void Load_NamesLinksAndSizesThatAreNotSafe_AreLeftOut()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "links need no rights on Linux");
        var model = Path.Combine(new EngineOptions().Models, "koalanet-x4.safetensors");
        File.Copy(model, _folder.File("-x4.safetensors"));
        Assert.Contains("a model's name has", Problem(_folder.Path), StringComparison.Ordinal);
        File.Delete(_folder.File("-x4.safetensors"));

        File.CreateSymbolicLink(_folder.File("link.safetensors"), model);
        Assert.Contains("a link out of the models folder", Problem(_folder.Path), StringComparison.Ordinal);
        File.Delete(_folder.File("link.safetensors"));

        Directory.CreateDirectory(_folder.File("folder.safetensors"));
        using (var large = File.Create(_folder.File("large.safetensors")))
            large.SetLength((256 << 20) + 1);
        Assert.Contains("not a file of at most 256 MiB", Problem(_folder.Path), StringComparison.Ordinal);

        // As a mounted volume has it.
        Directory.CreateDirectory(_folder.File("data"));
        File.Copy(model, _folder.File("data/x4"));
        File.CreateSymbolicLink(_folder.File("good.safetensors"), "data/x4");
        var folder = new ModelFolder(_folder.Path, NullLogger<ModelFolder>.Instance);
        var (name, loaded) = Assert.Single(folder.Load(InferenceDevice.Parse("cpu")));
        loaded.Dispose();
        Assert.Equal("good", name);
    }

    private static string Problem(string path) => Assert.Throws<InvalidOperationException>(
        () => new ModelFolder(path, NullLogger<ModelFolder>.Instance).Load(InferenceDevice.Parse("cpu"))).Message;
}
