using Koala.Protocol.V1;
using Koala.Worker.Batching;
using Koala.Worker.Inference;
using Microsoft.Extensions.Logging.Abstractions;
using Precision = Koala.Network.Precision;

namespace Koala.Worker.Tests.Inference;

/// <summary>Model files that change under a worker, with the real network.</summary>
public sealed class ModelExchangeTests : IDisposable
{
    private static readonly string Models = new EngineOptions().Models;

    private readonly TestFolder _folder = new();
    private readonly TorchEngine _engine;

    public ModelExchangeTests()
    {
        File.Copy(Path.Combine(Models, "koalanet-x2.safetensors"), _folder.File("photo.safetensors"));
        _engine = new TorchEngine(
            new EngineOptions { Device = "cpu" }, new ModelFolder(_folder.Path, NullLogger<ModelFolder>.Instance), NullLogger<TorchEngine>.Instance);
    }

    public void Dispose()
    {
        _engine.Unload();
        _folder.Dispose();
    }

    [Fact]
    public void Reload_ChangedFile_IsLoadedBesideTheFormerUntilNobodyNeedsThat()
    {
        var former = Assert.Single(_engine.Load().Models.Models);
        Assert.Null(_engine.Reload());
        Replace("koalanet-x4.safetensors");

        // Looked at once it may still be being written.
        Assert.Null(_engine.Reload());
        var present = Assert.Single(_engine.Reload()!.Models);
        Assert.Equal(("photo", 2, "photo", 4), (former.Name, former.Scale, present.Name, present.Scale));
        Assert.Null(_engine.Reload());
        _engine.Keep(new HashSet<string> { former.Id, present.Id });
        Assert.Equal((2 * 2 * 16 * 16 * 3, 4 * 4 * 16 * 16 * 3), (Run(former), Run(present)));

        _engine.Keep(new HashSet<string> { present.Id });
        Assert.Equal(4 * 4 * 16 * 16 * 3, Run(present));
        Assert.Throws<KeyNotFoundException>(() => Run(former));
    }

    [Fact]
    public void Reload_BadFileOrNone_KeepsTheFormerModel()
    {
        var former = Assert.Single(_engine.Load().Models.Models);
        var bytes = File.ReadAllBytes(_folder.File("photo.safetensors"));
        File.WriteAllBytes(_folder.File("photo.safetensors"), bytes[..(bytes.Length / 2)]);
        for (var look = 0; look < 3; look++)
            Assert.Null(_engine.Reload());
        File.Delete(_folder.File("photo.safetensors"));
        Assert.Null(_engine.Reload());
        Assert.Equal(2 * 2 * 16 * 16 * 3, Run(former));

        // The same weights once more are no others.
        File.WriteAllBytes(_folder.File("photo.safetensors"), bytes);
        _engine.Reload();
        Assert.Equal([former.Id], _engine.Reload()!.Models.Select(model => model.Id));
        Assert.Equal(2 * 2 * 16 * 16 * 3, Run(former));
    }

    [Fact]
    public void Reload_NewFile_IsAdded()
    {
        _engine.Load();
        File.Copy(Path.Combine(Models, "koalanet-x4.safetensors"), _folder.File("other.safetensors"));
        _engine.Reload();
        Assert.Equal(["other", "photo"], _engine.Reload()!.Models.Select(model => model.Name));
    }

    private void Replace(string model)
    {
        File.Copy(Path.Combine(Models, model), _folder.File("new"));
        File.Move(_folder.File("new"), _folder.File("photo.safetensors"), overwrite: true);
    }

    private int Run(ModelDescription model) => _engine.Run(
        new BatchKey(model.Id, Precision.Fp32, 16, 16),
        [new TileWork(new byte[16 * 16 * 3], PixelFormat.RgbU8, new WantedRegion(0, 0, 16, 16))])[0]!.Pixels!.Length;
}
