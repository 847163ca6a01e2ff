using System.Globalization;
using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>What a checkpoint's header says beside its tensors.</summary>
/// <param name="Options">What the network is made of.</param>
/// <param name="Stage">The stage of training it comes from: 1 to 3 (paper, section 3.3).</param>
/// <param name="Steps">Steps of that training, for people.</param>
/// <param name="HaloLr">LR pixels of real image around a tile's wanted region, measured for these weights.</param>
/// <param name="Description">Data, licence and so on, for people.</param>
public sealed record CheckpointInfo(KoalaNetOptions Options, int Stage = 3, string Steps = "", int HaloLr = CheckpointInfo.DefaultHaloLr, string Description = "")
{
    /// <summary>Halo of weights for which none was measured.</summary>
    public const int DefaultHaloLr = 32;

    /// <summary>Largest halo that a checkpoint may ask for: well over the network's worst-case reach of 94.</summary>
    public const int MaximumHaloLr = 256;
}

/// <summary>
/// Weights on disk: a safetensors file whose <c>__metadata__</c> says what they are. Names of tensors are part of the
/// format and are those under which the modules register their parts.
/// </summary>
public static class Checkpoint
{
    private const string Format = "koalanet 1";

    /// <summary>Reads what a checkpoint is, without its tensors.</summary>
    /// <exception cref="CheckpointException">The file cannot be used.</exception>
    public static CheckpointInfo ReadInfo(string path)
    {
        using var reader = Open(path);
        return Info(reader);
    }

    /// <summary>Reads a network, in float32 on the CPU.</summary>
    /// <exception cref="CheckpointException">The file cannot be used.</exception>
    public static (KoalaNet Network, CheckpointInfo Info) Load(string path)
    {
        using var reader = Open(path);
        var info = Info(reader);
        var network = new KoalaNet(info.Options);
        try
        {
            CopyInto(reader, network, requireAll: true);
            return (network, info);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Copies the tensors that a checkpoint and a network have in common by name and shape, to start a training from another
    /// variant, stage or scale.
    /// </summary>
    /// <returns>Number of tensors copied.</returns>
    /// <exception cref="CheckpointException">The file cannot be used.</exception>
    public static int CopyCommon(string path, KoalaNet network)
    {
        using var reader = Open(path);
        _ = Info(reader);
        return CopyInto(reader, network, requireAll: false);
    }

    /// <summary>Writes a network's weights.</summary>
    /// <param name="path">The file; replaced if it exists, whole or not at all.</param>
    /// <param name="weights">Tensors by the network's names for them.</param>
    /// <param name="info">What they are.</param>
    /// <param name="type">float32, float16 or bfloat16.</param>
    public static void Save(string path, IReadOnlyDictionary<string, Tensor> weights, CheckpointInfo info, ScalarType type = ScalarType.Float32)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["scale"] = info.Options.Scale.ToString(CultureInfo.InvariantCulture),
            ["upsampling"] = info.Options.Upsampling.ToString(),
            ["downsampling"] = info.Options.Downsampling.ToString(),
            ["stage"] = info.Stage.ToString(CultureInfo.InvariantCulture),
            ["steps"] = info.Steps,
            ["halo"] = info.HaloLr.ToString(CultureInfo.InvariantCulture),
            ["data"] = info.Description,
        };
        SafetensorsWriter.Write(path, weights, metadata, type);
    }

    private static SafetensorsReader Open(string path)
    {
        try
        {
            return new SafetensorsReader(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, e is UnauthorizedAccessException ? "cannot be read" : "no such file", e);
        }
    }

    private static CheckpointInfo Info(SafetensorsReader reader)
    {
        var metadata = reader.Metadata;
        if (!metadata.TryGetValue("format", out var format) || format != Format)
            throw reader.Problem($"not weights of KOALAnet: format '{format}' where '{Format}' is expected");
        var scale = Number("scale");
        if (scale is not (2 or 4))
            throw reader.Problem($"scale {scale}: known are 2 and 4");
        var options = new KoalaNetOptions(
            scale, Variant("upsampling", UpsamplingVariant.Koala), Variant("downsampling", DownsamplingVariant.ResUNet));
        var halo = metadata.ContainsKey("halo") ? Number("halo") : CheckpointInfo.DefaultHaloLr;
        if (halo is < 0 or > CheckpointInfo.MaximumHaloLr)
            throw reader.Problem($"halo {halo}: expected 0 to {CheckpointInfo.MaximumHaloLr} LR pixels");
        return new CheckpointInfo(
            options, metadata.ContainsKey("stage") ? Number("stage") : 3,
            metadata.GetValueOrDefault("steps", ""), halo, metadata.GetValueOrDefault("data", ""));

        int Number(string key) =>
            int.TryParse(metadata.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw reader.Problem($"its header lacks the number '{key}'");

        T Variant<T>(string key, T absent) where T : struct, Enum =>
            !metadata.TryGetValue(key, out var text) ? absent
                : Enum.TryParse<T>(text, out var value) && Enum.IsDefined(value) ? value
                : throw reader.Problem($"{key} '{text}' is not known to this version");
    }

    private static int CopyInto(SafetensorsReader reader, KoalaNet network, bool requireAll)
    {
        using var _ = no_grad();
        var copied = 0;
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (!reader.Names.Contains(name))
            {
                if (requireAll)
                    throw reader.Problem($"tensor '{name}' is missing");
                continue;
            }

            if (!reader.Shape(name).SequenceEqual(parameter.shape))
            {
                if (requireAll)
                    throw reader.Problem(
                        $"tensor '{name}' has the shape ({string.Join(", ", reader.Shape(name))}), expected ({string.Join(", ", parameter.shape)})");
                continue;
            }

            using var value = reader.Read(name);
            parameter.copy_(value);
            copied++;
        }

        if (requireAll && reader.Names.Count != copied)
            throw reader.Problem($"{reader.Names.Count - copied} tensors that the network does not have");
        return copied;
    }
}
