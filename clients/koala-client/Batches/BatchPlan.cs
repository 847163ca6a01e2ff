using Koala.Client.CommandLine.Folders;

namespace Koala.Client.CommandLine.Batches;

/// <summary>Every photograph of a batch with its output. Whatever is wrong with the batch as a whole shows here, before any work.</summary>
/// <param name="Folder">Where the outputs go.</param>
/// <param name="Photos">The photographs, in order.</param>
/// <param name="NoPictures">Files that were found but are no pictures.</param>
internal sealed record BatchPlan(string Folder, IReadOnlyList<PlannedPhoto> Photos, IReadOnlyList<InputFile> NoPictures)
{
    // So many of a kind are named in a message.
    private const int MostExamples = 3;

    /// <summary>Makes a plan.</summary>
    /// <param name="inputs">The files.</param>
    /// <param name="folder">Where the outputs go; need not exist.</param>
    /// <param name="outputPath">The path of an output below that folder, for the relative path of a photograph.</param>
    /// <param name="made">Outputs of earlier runs, as paths below that folder: found among the inputs, they are none.</param>
    /// <param name="shard">The part of the batch to plan; null for the whole.</param>
    /// <exception cref="CommandFailure">Outputs collide with each other or with photographs.</exception>
    public static BatchPlan Create(
        IReadOnlyList<InputFile> inputs, string folder, Func<string, string> outputPath, IEnumerable<string> made, Shard? shard)
    {
        var realFolder = RealPath.Of(folder);
        var own = made.Select(path => Path.Combine(realFolder, path)).ToHashSet(RealPath.Comparer);
        var real = inputs.ToDictionary(input => input, input => RealPath.Of(input.Path));

        foreach (var input in inputs.Where(input => !input.Named && own.Contains(real[input])))
            real.Remove(input);
        var planned = inputs
            .Where(real.ContainsKey)
            .Select(input => Plan(input, outputPath(input.RelativePath)))
            .ToList();
        var noPictures = new HashSet<InputFile>();
        RefuseCollisions(planned, noPictures);
        RefuseInputs(planned, realFolder, real.Values.ToHashSet(RealPath.Comparer), noPictures);

        var photos = new List<PlannedPhoto>();
        foreach (var photo in planned.Where(photo => shard is null || shard.Value.Has(photo.Input)))
        {
            if (!noPictures.Contains(photo.Input) && TryMeasure(photo) is { } measured)
                photos.Add(measured);
            else
                noPictures.Add(photo.Input);
        }
        return new BatchPlan(folder, photos, [.. inputs.Where(noPictures.Contains)]);

        PlannedPhoto Plan(InputFile input, string path) => new(input, path.Replace(Path.DirectorySeparatorChar, '/'), Path.Combine(folder, path));
    }

    private static void RefuseCollisions(List<PlannedPhoto> planned, HashSet<InputFile> noPictures)
    {
        var collisions = planned
            .GroupBy(photo => photo.OutputPath, RealPath.Comparer)
            .Where(group => group.Count() > 1)
            // A text beside a picture of its name is no reason to refuse.
            .Select(group => group.Where(photo => IsPicture(photo, noPictures)).ToList())
            .Where(group => group.Count > 1)
            .ToList();
        if (collisions.Count == 0)
            return;
        var examples = collisions.Take(MostExamples)
            .Select(group => $"'{group[0].OutputPath}' of {string.Join(" and ", group.Take(MostExamples).Select(photo => $"'{photo.Input.Path}'"))}");
        throw new CommandFailure(
            ExitCode.OutputsCollide,
            $"{Count(collisions.Count, "output")} would be written by several photographs: {List(examples, collisions.Count)}; "
            + "tell them apart in --name, with {type} for the photograph's own extension, or enlarge them into several folders.");
    }

    private static void RefuseInputs(List<PlannedPhoto> planned, string folder, HashSet<string> inputs, HashSet<InputFile> noPictures)
    {
        var refused = planned
            .Where(photo => inputs.Contains(RealPath.Of(Path.Combine(folder, photo.OutputPath))) && IsPicture(photo, noPictures))
            .ToList();
        if (refused.Count == 0)
            return;
        var examples = refused.Take(MostExamples).Select(photo => $"'{photo.Output}' of '{photo.Input.Path}'");
        throw new CommandFailure(
            ExitCode.OutputIsInput,
            $"{Count(refused.Count, "output")} would replace photographs of the batch: {List(examples, refused.Count)}; "
            + "choose another folder, or another --name.");
    }

    private static bool IsPicture(PlannedPhoto photo, HashSet<InputFile> noPictures)
    {
        if (noPictures.Contains(photo.Input) || TryMeasure(photo) is null)
            noPictures.Add(photo.Input);
        return !noPictures.Contains(photo.Input);
    }

    private static PlannedPhoto? TryMeasure(PlannedPhoto photo) =>
        photo.Measure() is var measured && measured.IsNoPicture && !photo.Input.Named ? null : measured;

    private static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    private static string List(IEnumerable<string> examples, int count) =>
        string.Join(", ", examples) + (count > MostExamples ? $" and {count - MostExamples} more" : "");
}
