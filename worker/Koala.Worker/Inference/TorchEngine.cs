using System.Diagnostics;
using System.Runtime.InteropServices;
using Koala.Network;
using Koala.Protocol.V1;
using Koala.Worker.Batching;
using TorchSharp;
using static TorchSharp.torch;
using Precision = Koala.Network.Precision;

namespace Koala.Worker.Inference;

/// <summary>KOALAnet on one device of libtorch.</summary>
internal sealed partial class TorchEngine(EngineOptions options, ModelFolder folder, ILogger<TorchEngine> logger)
    : IInferenceEngine
{
    private const int WarmUpSide = 32;

    // By their ids; of weights that were exchanged the former ones stay until no stream needs them.
    private readonly Dictionary<string, (InferenceModel Model, ModelDescription Description)> _models = new(StringComparer.Ordinal);
    private ModelCatalog _catalog = new([]);
    private Device _device = CPU;
    private Precision _precision;
    private TorchEngine? _onProcessor;

    public EngineProfile Load()
    {
        // First of all: TorchSharp finds its native library only where Koala.Network was touched before.
        var device = _device = InferenceDevice.Parse(options.Device);
        // Set always: libtorch counts the machine's cores, .NET those that a container leaves to this process.
        set_num_threads(options.Threads);
        _precision = options.Precision ?? InferenceDevice.DefaultPrecision(device);
        _catalog = Add(folder.Load(device));
        var cuda = device.type == DeviceType.CUDA;
        return new EngineProfile(
            InferenceDevice.Describe(device), _precision, cuda ? 512 : 384, cuda ? BatchLimits.Cuda : BatchLimits.Cpu, _catalog);
    }

    public TileAnswer?[] Run(BatchKey key, IReadOnlyList<TileWork> tiles)
    {
        var model = _models[key.Model].Model;
        try
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var started = Stopwatch.GetTimestamp();
            using var lr = ToTensor(key, tiles);
            var transferred = Stopwatch.GetElapsedTime(started);
            var part = PartOf(key, tiles);
            using var result = model.Infer(lr, key.Precision, key.Options, key.Options.Masked ? MaskOf(key, tiles) : null, part);
            var computed = Stopwatch.GetTimestamp();
            TileAnswer?[] answers = [.. tiles.Select((tile, n) => AnswerEncoder.Encode(result, lr, part, n, tile, model.Info.Options.Scale))];
            transferred += Stopwatch.GetElapsedTime(computed);
            Use = new DeviceUse(Use.Transferred + transferred, _device.type == DeviceType.CUDA ? CudaMemory.Taken() : null);
            return answers;
        }
        catch (ExternalException e)
        {
            throw Translate(e);
        }
    }

    public DeviceUse Use { get; private set; } = DeviceUse.None;

    public ModelDescription Describe(string id) => _models[id].Description;

    public ModelCatalog? Reload()
    {
        try
        {
            var changed = folder.LoadChanged(_device);
            if (changed.Count == 0)
                return null;
            var added = Add(changed);
            _onProcessor?.Unload();
            _onProcessor = null;
            return _catalog = new ModelCatalog(_catalog.Models.Where(model => !changed.ContainsKey(model.Name)).Concat(added.Models));
        }
        catch (Exception e) when (e is DeviceMemoryException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            // Both kinds of weights may be too much for the device.
            LogNotReloaded(e.Message);
            return null;
        }
    }

    public void Keep(IReadOnlySet<string> ids)
    {
        foreach (var (id, (model, description)) in _models.Where(entry => !ids.Contains(entry.Key)).ToArray())
        {
            model.Dispose();
            _models.Remove(id);
            LogFreed(description.Name, description.Sha256);
        }
    }

    public IInferenceEngine? OnProcessor()
    {
        if (_device.type == DeviceType.CPU)
            return null;
        if (_onProcessor is null)
        {
            _onProcessor = new TorchEngine(options with { Device = "cpu" }, folder.Again(), logger);
            _onProcessor.Load();
        }
        return _onProcessor;
    }

    public void Unload()
    {
        _onProcessor?.Unload();
        Keep(new HashSet<string>());
    }

    /// <summary>Takes in models that are loaded and warms them up; all of them or none.</summary>
    private ModelCatalog Add(Dictionary<string, InferenceModel> loaded)
    {
        var descriptions = new List<ModelDescription>();
        var added = new List<string>();
        try
        {
            foreach (var (name, model) in loaded)
            {
                var info = model.Info;
                var description = new ModelDescription(
                    name, info.Options.Scale, info.HaloLr, InferenceModel.Alignment, info.Description, folder.HashOf(name),
                    model.EstimatesKernels);
                descriptions.Add(description);
                if (!_models.TryAdd(description.Id, (model, description)))
                {
                    // The same weights, written once more.
                    model.Dispose();
                    continue;
                }
                added.Add(description.Id);
                WarmUp(description);
            }
            return new ModelCatalog(descriptions);
        }
        catch
        {
            added.ForEach(id => _models.Remove(id));
            foreach (var model in loaded.Values)
                model.Dispose();
            throw;
        }
    }

    /// <summary>Pixels → lr (N, 3, H, W) in [-1, 1], with the channels-last strides that the network likes.</summary>
    private static Tensor ToTensor(BatchKey key, IReadOnlyList<TileWork> tiles)
    {
        using var scope = NewDisposeScope();
        var nhwc = empty(tiles.Count, key.Height, key.Width, 3, dtype: ScalarType.Float32);
        for (var n = 0; n < tiles.Count; n++)
            PixelConversion.Decode(tiles[n].Pixels.Span, tiles[n].Format, AnswerEncoder.Values(nhwc[n]));
        return nhwc.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>What is wanted of any of the tiles; all where pixels that are not wanted may be asked for their kernels.</summary>
    private static ImagePart PartOf(BatchKey key, IReadOnlyList<TileWork> tiles) => key.Options.Kernels
        ? new ImagePart(0, 0, key.Height, key.Width)
        : tiles.Select(tile => new ImagePart(tile.Wanted.Y, tile.Wanted.X, tile.Wanted.Height, tile.Wanted.Width)).Aggregate((one, other) => one.With(other));

    /// <summary>Bytes → masks (N, 1, H, W), 0 to 1.</summary>
    private static Tensor MaskOf(BatchKey key, IReadOnlyList<TileWork> tiles)
    {
        var bytes = empty(tiles.Count, 1, key.Height, key.Width, dtype: ScalarType.Byte);
        for (var n = 0; n < tiles.Count; n++)
            tiles[n].KeepBlurMask.Span.CopyTo(bytes.bytes[(n * key.Width * key.Height)..]);
        return bytes.to_type(ScalarType.Float32).Over(byte.MaxValue);
    }

    private void WarmUp(ModelDescription model)
    {
        var grey = new TileWork(
            Enumerable.Repeat((byte)128, WarmUpSide * WarmUpSide * 3).ToArray(),
            PixelFormat.RgbU8, new WantedRegion(0, 0, WarmUpSide, WarmUpSide));
        // The other precision is the rare one, and bf16 that is emulated takes longer than the rest of the start.
        if (Run(new BatchKey(model.Id, _precision, WarmUpSide, WarmUpSide), [grey])[0] is null)
            throw new InvalidOperationException($"the result of model {model.Name} in {_precision} is not finite");
        LogLoaded(model.Name, model.Scale, model.Description);
    }

    /// <summary>libtorch has one exception for everything; its text tells what happened.</summary>
    private static Exception Translate(ExternalException e)
    {
        // A backtrace of C++ follows the first line.
        var text = e.Message.Split('\n')[0];
        if (text.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
            || text.Contains("not enough memory", StringComparison.OrdinalIgnoreCase)
            || text.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase))
            return new DeviceMemoryException(text, e);
        return text.Contains("CUDA error", StringComparison.OrdinalIgnoreCase)
            ? new DeviceLostException(text, e)
            : new InvalidOperationException(text, e);
    }

    [LoggerMessage(LogLevel.Warning, "Changed models were not taken in: {Problem}")]
    private partial void LogNotReloaded(string problem);

    [LoggerMessage(LogLevel.Information, "Model {Name} freed: {Sha256}")]
    private partial void LogFreed(string name, string sha256);

    [LoggerMessage(LogLevel.Information, "Model {Name} (x{Scale}) loaded: {Description}")]
    private partial void LogLoaded(string name, int scale, string description);
}
