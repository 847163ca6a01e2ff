using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Koala.Network;
using TorchSharp;

namespace Koala.Worker.Inference;

/// <summary>The weights beside the program: every *.safetensors file of one folder, named after the file.</summary>
internal sealed partial class ModelFolder(string path, ILogger<ModelFolder> logger)
{
    // Ten times what the largest network takes in fp32.
    private const long LargestFile = 256L << 20;

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
                Check(file);
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

    /// <summary>Looks at what a file is before anything of it is read.</summary>
    /// <exception cref="CheckpointException">It is not to be read.</exception>
    private static void Check(string file)
    {
        if (!SafeName().IsMatch(Path.GetFileNameWithoutExtension(file)))
            throw new CheckpointException(file, "a model's name has 1 to 100 letters, digits, '.', '_' or '-' and begins with a letter or digit");
        // A link may lead to another file of the folder, as mounted volumes have them, but not out of it.
        var folder = new FileInfo(file).Directory!;
        var target = new FileInfo(RealPath(file));
        if (!((string[])[folder.FullName, RealPath(folder.FullName)]).Any(
            place => target.FullName.StartsWith(place + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
            throw new CheckpointException(file, "a link out of the models folder");
        if (target.Attributes.HasFlag(FileAttributes.Directory) || target.Length > LargestFile)
            throw new CheckpointException(file, $"not a file of at most {LargestFile >> 20} MiB");
    }

    private static string RealPath(string path) =>
        (Directory.Exists(path) ? Directory.ResolveLinkTarget(path, true) : File.ResolveLinkTarget(path, true))?.FullName ?? Path.GetFullPath(path);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    private static partial Regex SafeName();

    /// <summary>SHA-256 of a model's file in lower-case hexadecimal digits.</summary>
    public string HashOf(string name)
    {
        using var file = File.OpenRead(Path.Combine(path, name + ".safetensors"));
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    [LoggerMessage(LogLevel.Warning, "Model left out: {Problem}")]
    private partial void LogSkipped(string problem);
}
