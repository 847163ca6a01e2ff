using System.Security.Cryptography;
using Koala.Network;
using TorchSharp;

namespace Koala.Worker.Inference;

/// <summary>The weights beside the program: every *.safetensors file of one folder, named after the file.</summary>
internal sealed partial class ModelFolder(string path, ILogger<ModelFolder> logger)
{
    /// <summary>Loads every usable file; one that is not is logged and left out.</summary>
    /// <exception cref="InvalidOperationException">No file is usable; the text says why.</exception>
    public Dictionary<string, InferenceModel> Load(torch.Device device)
    {
        if (!Directory.Exists(path))
            throw new InvalidOperationException($"the models folder {path} does not exist; name another with --models");
        var models = new Dictionary<string, InferenceModel>(StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var file in Directory.EnumerateFiles(path, "*.safetensors").Order(StringComparer.Ordinal))
        {
            try
            {
                var model = InferenceModel.Load(file, device);
                if (model.NeedsKernels)
                {
                    model.Dispose();
                    throw new CheckpointException(file, "weights for given kernels cannot enlarge an image by themselves");
                }
                models.Add(model.Name, model);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogSkipped(e.Message);
                problems.Add(e.Message);
            }
        }
        if (models.Count > 0)
            return models;
        throw new InvalidOperationException(problems.Count == 0
            ? $"the models folder {path} has no *.safetensors file; name another with --models"
            : $"no usable model in {path}: {string.Join("; ", problems)}");
    }

    /// <summary>SHA-256 of a model's file in lower-case hexadecimal digits.</summary>
    public string HashOf(string name)
    {
        using var file = File.OpenRead(Path.Combine(path, name + ".safetensors"));
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    [LoggerMessage(LogLevel.Warning, "Model left out: {Problem}")]
    private partial void LogSkipped(string problem);
}
