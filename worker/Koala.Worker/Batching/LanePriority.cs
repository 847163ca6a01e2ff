namespace Koala.Worker.Batching;

/// <summary>Whether somebody waits in front of a screen.</summary>
internal enum LanePriority
{
    /// <summary>Served before <see cref="Batch"/>, but for every fifth batch of tiles.</summary>
    Interactive,

    /// <summary>Large work that may take its time.</summary>
    Batch,
}
