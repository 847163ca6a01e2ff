namespace Koala.Client.CommandLine.Manifests;

/// <summary>What the manifests of an output folder tell of every output.</summary>
internal sealed class OutputHistory
{
    private readonly Dictionary<string, ManifestEntry> _done = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ManifestEntry> _started = new(StringComparer.Ordinal);

    /// <summary>Reads entries in the order of their times.</summary>
    public OutputHistory(IEnumerable<ManifestEntry> entries)
    {
        foreach (var entry in entries)
        {
            _started.Remove(entry.OutputPath);
            if (entry.State == ManifestState.Started)
                _started[entry.OutputPath] = entry;
            else if (entry.State == ManifestState.Done)
                _done[entry.OutputPath] = entry;
        }
    }

    /// <summary>Paths of all outputs below the output folder, with slashes: made, or begun when the program was killed.</summary>
    public IEnumerable<string> Outputs => _done.Keys.Concat(_started.Keys);

    /// <summary>The work that made an output, or null.</summary>
    public ManifestEntry? Done(string outputPath) => _done.GetValueOrDefault(outputPath);

    /// <summary>The work on an output that a kill has left without an end, or null.</summary>
    public ManifestEntry? Started(string outputPath) => _started.GetValueOrDefault(outputPath);
}
