using Koala.Client.CommandLine.Folders;

namespace Koala.Client.CommandLine.Manifests;

/// <summary>What is to be done about an output.</summary>
internal enum Verdict
{
    /// <summary>Make it.</summary>
    Upscale,

    /// <summary>Make it in place of the one that is there.</summary>
    Replace,

    /// <summary>Nothing: it is there, and what would be made is the same.</summary>
    UpToDate,

    /// <summary>Nothing: it is there, and was changed since it was made.</summary>
    Altered,

    /// <summary>Nothing: it is there, and <c>--skip-existing</c> was asked for.</summary>
    Exists,

    /// <summary>It cannot be made: what is there is not ours to replace.</summary>
    Refuse,
}

/// <summary>What becomes of outputs that exist.</summary>
/// <param name="Overwrite">Replace what is there, whoever made it.</param>
/// <param name="SkipExisting">Leave what is there, whatever it is.</param>
/// <param name="Checksum">Compare files by content, not by size and time.</param>
internal sealed record ExistingOutputs(bool Overwrite, bool SkipExisting, bool Checksum);

/// <summary>A verdict on an output, and what it rests on.</summary>
/// <param name="Verdict">What is to be done.</param>
/// <param name="Finished">The work of a killed program that turns out to be done, to be entered as such; or null.</param>
/// <param name="Made">The work that made what is there, whatever has become of it since; or null.</param>
internal sealed record Decision(Verdict Verdict, ManifestEntry? Finished = null, ManifestEntry? Made = null)
{
    /// <summary>Decides by the manifest and by what the files hold, never by a name alone.</summary>
    /// <param name="history">What was done before.</param>
    /// <param name="work">What would be made of the photograph now.</param>
    /// <param name="input">The photograph.</param>
    /// <param name="outputPath">The output's path below the output folder, with slashes.</param>
    /// <param name="output">The output.</param>
    /// <param name="existing">What becomes of outputs that exist.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static Decision Of(
        OutputHistory history, UpscaleWork work, string input, string outputPath, string output, ExistingOutputs existing)
    {
        // A link that leads nowhere holds nothing.
        if (!File.Exists(RealPath.Of(output)))
            return new Decision(Verdict.Upscale);

        var finished = Finish(history.Started(outputPath), output, existing.Checksum);
        var made = finished ?? history.Done(outputPath);
        var unaltered = made?.Output is { } state && state.Holds(output, existing.Checksum);
        var same = made is not null && made.Work.IsSame(work) && made.Input.Holds(input, existing.Checksum);
        var verdict =
            unaltered && same ? Verdict.UpToDate
            : existing.SkipExisting ? Verdict.Exists
            : unaltered || existing.Overwrite ? Verdict.Replace
            : same ? Verdict.Altered
            : Verdict.Refuse;
        return new Decision(verdict, finished, made);
    }

    // An output gets its name when it is whole, so what is there and was not there before is what the work had to make.
    private static ManifestEntry? Finish(ManifestEntry? started, string output, bool checksum) =>
        started is null || started.Output is { } replaced && replaced.Holds(output, checksum)
            ? null
            : started with { State = ManifestState.Done, Time = DateTime.UtcNow, Output = FileState.Of(output, started.OutputPath) };
}
