namespace Koala.Worker.Inference;

/// <summary>
/// The models that new streams get, and those that open streams still need: a stream keeps the weights it began with, so
/// that no image is made of two kinds.
/// </summary>
internal sealed class LoadedModels
{
    private readonly Dictionary<string, int> _uses = new(StringComparer.Ordinal);
    private ModelCatalog _current = new([]);

    /// <summary>The models that new streams get.</summary>
    public IReadOnlyList<ModelDescription> Current
    {
        get
        {
            lock (_uses)
                return _current.Models;
        }
    }

    /// <summary>Gives new streams these models.</summary>
    /// <returns>Ids of all models that are still needed.</returns>
    public IReadOnlySet<string> Exchange(ModelCatalog models)
    {
        lock (_uses)
        {
            _current = models;
            return Needed();
        }
    }

    /// <summary>Ids of the models that streams have or may get.</summary>
    public IReadOnlySet<string> Needed()
    {
        lock (_uses)
            return _current.Models.Select(model => model.Id).Concat(_uses.Keys).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The model of that name, or the first one of the scale, kept until the use is disposed.</summary>
    /// <exception cref="ModelNotFoundException">There is none.</exception>
    public Use Open(int scale, string name)
    {
        lock (_uses)
        {
            var model = _current.Find(scale, name);
            _uses[model.Id] = _uses.GetValueOrDefault(model.Id) + 1;
            return new Use(this, model);
        }
    }

    private void Close(string id)
    {
        lock (_uses)
        {
            if (--_uses[id] == 0)
                _uses.Remove(id);
        }
    }

    /// <summary>A stream's hold of its model.</summary>
    internal sealed class Use(LoadedModels models, ModelDescription model) : IDisposable
    {
        private bool _closed;

        public ModelDescription Model => model;

        public void Dispose()
        {
            if (_closed)
                return;
            _closed = true;
            models.Close(model.Id);
        }
    }
}
