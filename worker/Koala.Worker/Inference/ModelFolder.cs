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

    private readonly Dictionary<string, (long, DateTime)> _loaded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long, DateTime)> _seen = new(StringComparer.Ordinal);

    /// <summary>Loads every usable file; one that is not is logged and left out.</summary>
    /// <exception cref="InvalidOperationException">No file is usable; the text says why.</exception>
    public Dictionary<string, InferenceModel> Load(torch.Device device)
    {
        if (!Directory.Exists(path))
            throw new InvalidOperationException($"the models folder {path} does not exist; name another with --models");
        var models = new Dictionary<string, InferenceModel>(StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var file in Files())
        {
            if (TryLoad(file, device) is var (model, problem) && model is not null)
                models.Add(model.Name, model);
            else
                problems.Add(problem);
        }
        if (models.Count > 0)
            return models;
        throw new InvalidOperationException(problems.Count == 0
            ? $"the models folder {path} has no *.safetensors file; name another with --models"
            : $"no usable model in {path}: {string.Join("; ", problems)}");
    }

    /// <summary>The same folder for another engine: what that one loads changes nothing here.</summary>
    public ModelFolder Again() => new(path, logger);

    /// <summary>
    /// Loads the usable files that have changed since they were loaded last, or are new. One that changes right now is left to
    /// the next time, one that is gone is no change: its model stays.
    /// </summary>
    public Dictionary<string, InferenceModel> LoadChanged(torch.Device device)
    {
        var models = new Dictionary<string, InferenceModel>(StringComparer.Ordinal);
        foreach (var file in Directory.Exists(path) ? Files() : [])
        {
            var stamp = Stamp(file);
            var seen = _seen.GetValueOrDefault(file);
            _seen[file] = stamp;
            // Twice the same: whoever writes it has finished.
            if (stamp == _loaded.GetValueOrDefault(file) || stamp != seen)
                continue;
            if (TryLoad(file, device).Model is { } model)
                models.Add(model.Name, model);
        }
        return models;
    }

    private IEnumerable<string> Files() => Directory.EnumerateFiles(path, "*.safetensors").Order(StringComparer.Ordinal);

    /// <summary>Loads a file; where it is not usable that is logged, once for as long as the file is the same.</summary>
    private (InferenceModel? Model, string Problem) TryLoad(string file, torch.Device device)
    {
        _loaded[file] = Stamp(file);
        try
        {
            Check(file);
            var model = InferenceModel.Load(file, device);
            if (!model.NeedsKernels)
                return (model, "");
            model.Dispose();
            throw new CheckpointException(file, "weights for given kernels cannot enlarge an image by themselves");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogSkipped(e.Message);
            return (null, e.Message);
        }
    }

    /// <summary>What changes with a file's content.</summary>
    private static (long Length, DateTime Written) Stamp(string file)
    {
        var info = new FileInfo(RealPath(file));
        return info.Exists ? (info.Length, info.LastWriteTimeUtc) : default;
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
