namespace Koala.Training.Data;

/// <summary>Where what is made of a folder's images is written: under their own names in another folder, as PNG.</summary>
internal static class OutputFiles
{
    /// <summary>One path for each image; nothing is written.</summary>
    /// <param name="files">Images, as <see cref="Photograph.FilesIn"/> lists them.</param>
    /// <param name="folder">The folder that they are in.</param>
    /// <param name="output">The folder that is written to.</param>
    /// <exception cref="InvalidDataException">An image would be overwritten, or two of them would have the same name.</exception>
    public static IReadOnlyList<string> For(IReadOnlyList<string> files, string folder, string output)
    {
        string[] outputs = [.. files.Select(f => Path.GetFullPath(Path.Combine(output, Path.ChangeExtension(Path.GetRelativePath(folder, f), ".png"))))];
        if (outputs.Intersect(files.Select(Path.GetFullPath)).FirstOrDefault() is { } read)
            throw new InvalidDataException($"{read} would be overwritten: choose another folder than that of the images");
        if (outputs.GroupBy(o => o).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidDataException($"two images would become {twice.Key}: rename one of them");
        return outputs;
    }
}
