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

    private Dictionary<string, InferenceModel> _models = [];

    public EngineProfile Load()
    {
        // First of all: TorchSharp finds its native library only where Koala.Network was touched before.
        var device = InferenceDevice.Parse(options.Device);
        // Set always: libtorch counts the machine's cores, .NET those that a container leaves to this process.
        set_num_threads(options.Threads);
        _models = folder.Load(device);
        WarmUp();
        var catalog = new ModelCatalog(_models.Select(m => new ModelDescription(
            m.Key, m.Value.Info.Options.Scale, m.Value.Info.HaloLr, InferenceModel.Alignment, m.Value.Info.Description,
            folder.HashOf(m.Key), m.Value.EstimatesKernels)));
        var precision = options.Precision ?? InferenceDevice.DefaultPrecision(device);
        var cuda = device.type == DeviceType.CUDA;
        return new EngineProfile(
            InferenceDevice.Describe(device), precision, cuda ? 512 : 384, cuda ? BatchLimits.Cuda : BatchLimits.Cpu, catalog);
    }

    public TileAnswer?[] Run(BatchKey key, IReadOnlyList<TileWork> tiles)
    {
        var model = _models[key.Model];
        try
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            using var lr = ToTensor(key, tiles);
            using var result = model.Infer(lr, key.Precision, key.Options, key.Options.Masked ? MaskOf(key, tiles) : null);
            return [.. tiles.Select((tile, n) => AnswerEncoder.Encode(result, lr, n, tile, model.Info.Options.Scale))];
        }
        catch (ExternalException e)
        {
            throw Translate(e);
        }
    }

    public void Unload()
    {
        foreach (var model in _models.Values)
            model.Dispose();
        _models = [];
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

    /// <summary>Bytes → masks (N, 1, H, W), 0 to 1.</summary>
    private static Tensor MaskOf(BatchKey key, IReadOnlyList<TileWork> tiles)
    {
        var bytes = empty(tiles.Count, 1, key.Height, key.Width, dtype: ScalarType.Byte);
        for (var n = 0; n < tiles.Count; n++)
            tiles[n].KeepBlurMask.Span.CopyTo(bytes.bytes[(n * key.Width * key.Height)..]);
        return bytes.to_type(ScalarType.Float32).div(byte.MaxValue);
    }

    private void WarmUp()
    {
        var grey = new TileWork(
            Enumerable.Repeat((byte)128, WarmUpSide * WarmUpSide * 3).ToArray(),
            PixelFormat.RgbU8, new WantedRegion(0, 0, WarmUpSide, WarmUpSide));
        foreach (var (name, model) in _models)
        {
            foreach (var precision in Enum.GetValues<Precision>())
                Run(new BatchKey(name, precision, WarmUpSide, WarmUpSide), [grey]);
            LogLoaded(name, model.Info.Options.Scale, model.Info.Description);
        }
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

    [LoggerMessage(LogLevel.Information, "Model {Name} (x{Scale}) loaded: {Description}")]
    private partial void LogLoaded(string name, int scale, string description);
}
