namespace Koala.Worker.Inference;

/// <summary>Weights for one scale, as clients see them.</summary>
/// <param name="Name">File name without extension.</param>
/// <param name="Scale">HR pixels per LR pixel and direction.</param>
/// <param name="HaloLr">LR pixels of real image that a tile needs around its wanted region.</param>
/// <param name="Alignment">Tile origins are multiples of this many LR pixels.</param>
/// <param name="Description">Where the weights come from.</param>
/// <param name="Sha256">SHA-256 of the weights' file in lower-case hexadecimal digits; empty where it is not known.</param>
/// <param name="EstimatesKernels">Whether it estimates the blur.</param>
internal sealed record ModelDescription(
    string Name, int Scale, int HaloLr, int Alignment, string Description, string Sha256 = "", bool EstimatesKernels = true)
{
    /// <summary>What tells these weights from others of the same name.</summary>
    public string Id => $"{Name}#{Sha256}";
}

/// <summary>The loaded models, in the order of their names.</summary>
internal sealed class ModelCatalog(IEnumerable<ModelDescription> models)
{
    private readonly ModelDescription[] _models = [.. models.OrderBy(m => m.Name, StringComparer.Ordinal)];

    public IReadOnlyList<ModelDescription> Models => _models;

    /// <summary>The model of that name, or, if <paramref name="name"/> is empty, the first one of that scale.</summary>
    /// <exception cref="ModelNotFoundException">There is none.</exception>
    public ModelDescription Find(int scale, string name)
    {
        var found = Array.Find(_models, m => m.Scale == scale && (name.Length == 0 || m.Name == name));
        if (found is not null)
            return found;
        var wanted = name.Length == 0 ? $"model for scale {scale}" : $"model '{name}' for scale {scale}";
        throw new ModelNotFoundException(
            $"no {wanted}; this worker has: {string.Join(", ", _models.Select(m => $"{m.Name} (x{m.Scale})"))}");
    }
}

/// <summary>No model fits what a client asked for; the text lists those there are.</summary>
internal sealed class ModelNotFoundException(string message) : Exception(message);
