using Koala.Client.CommandLine.Folders;
using Koala.Client.CommandLine.Manifests;
using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Batches;

/// <summary>What holds for a whole batch.</summary>
internal sealed record BatchSettings
{
    /// <summary>How photographs are enlarged.</summary>
    public required UpscaleSettings Upscale { get; init; }

    /// <summary>Files, folders, patterns and lists.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Where the outputs go.</summary>
    public required string Folder { get; init; }

    /// <summary>How outputs are named.</summary>
    public required OutputName Name { get; init; }

    /// <summary>What becomes of outputs that exist.</summary>
    public required ExistingOutputs Existing { get; init; }

    /// <summary>Whether folders in folders are entered.</summary>
    public bool Recursive { get; init; }

    /// <summary>Whether the first photograph that fails ends the batch.</summary>
    public bool FailFast { get; init; }

    /// <summary>The part of the batch; null for the whole.</summary>
    public Shard? Shard { get; init; }
}
