namespace Koala.Client.CommandLine.Batches;

/// <summary>What became of a batch.</summary>
internal sealed record BatchSummary
{
    /// <summary>Photographs that were enlarged.</summary>
    public int Done { get; init; }

    /// <summary>Photographs whose output was there already.</summary>
    public int Skipped { get; init; }

    /// <summary>Those of the skipped ones whose output is what would be made.</summary>
    public int UpToDate { get; init; }

    /// <summary>Those of the enlarged ones that explain their photograph less well than wanted.</summary>
    public int Inconsistent { get; init; }

    /// <summary>Photographs that could not be enlarged.</summary>
    public int Failed { get; init; }

    /// <summary>Photographs that were not reached, because the batch was stopped.</summary>
    public int Left { get; init; }

    /// <summary>Files that were found in folders and are no pictures.</summary>
    public int NoPictures { get; init; }

    /// <summary>Million pixels of the photographs that were enlarged.</summary>
    public double Megapixels { get; init; }

    /// <summary>From the first photograph to the last.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Seconds of it that the device computed.</summary>
    public double ComputeSeconds { get; init; }

    /// <summary>What the worker did last; null before.</summary>
    public UpscaleResult? Last { get; init; }

    /// <summary>The same with one more outcome.</summary>
    public BatchSummary With(PhotoOutcome outcome) => outcome switch
    {
        PhotoDone done => this with
        {
            Done = Done + 1,
            Inconsistent = Inconsistent + (done.Check is { Passed: false } ? 1 : 0),
            Megapixels = Megapixels + done.Photo.Megapixels,
            ComputeSeconds = ComputeSeconds + done.Result.ComputeSeconds,
            Last = done.Result,
        },
        PhotoSkipped skipped => this with { Skipped = Skipped + 1, UpToDate = UpToDate + (skipped.Reason == SkipReason.UpToDate ? 1 : 0) },
        _ => this with { Failed = Failed + 1 },
    };
}
