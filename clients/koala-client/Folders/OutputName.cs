using System.Text;
using System.Text.RegularExpressions;

namespace Koala.Client.CommandLine.Folders;

/// <summary>
/// How outputs are named: <c>{name}</c> is the photograph's name without its extension, <c>{type}</c> that extension without the
/// dot, <c>{scale}</c> the scale, <c>{ext}</c> the output's extension with the dot.
/// </summary>
internal sealed partial class OutputName
{
    /// <summary>Where none is given.</summary>
    public const string Default = "{name}_x{scale}{ext}";

    // What Linux, macOS and Windows allow of a name: bytes in UTF-8, UTF-16 units on Windows.
    private const int LongestName = 255;

    // By format, the usual extension first.
    private static readonly Dictionary<string, string[]> Extensions = new(StringComparer.Ordinal)
    {
        ["png"] = [".png"],
        ["jpeg"] = [".jpg", ".jpeg", ".jpe", ".jfif"],
        ["webp"] = [".webp"],
        ["tiff"] = [".tif", ".tiff"],
        ["avif"] = [".avif"],
        ["dzi"] = [".dzi"],
    };

    private static readonly string[] Writable = [.. Extensions.Values.SelectMany(extensions => extensions)];

    private readonly string _template;
    private readonly string? _extension;

    /// <summary>Reads a template.</summary>
    /// <param name="template">Has <c>{name}</c>; where it has neither <c>{ext}</c> nor ends in an extension, <c>{ext}</c> is added.</param>
    /// <param name="format">Format of all outputs: png, jpeg, webp, tiff, avif or dzi; null for that of the photograph, PNG where that cannot be written.</param>
    /// <exception cref="FormatException">The template is wrong; the text says what is.</exception>
    public OutputName(string template, string? format)
    {
        var ending = Writable.FirstOrDefault(extension => template.EndsWith(extension, StringComparison.OrdinalIgnoreCase));
        _extension = format is null ? null : Extensions[format][0];
        _template = template.Contains("{ext}", StringComparison.Ordinal) || ending is not null ? template : template + "{ext}";

        var unknown = Placeholder().Matches(template).Select(match => match.Value)
            .FirstOrDefault(text => text is not ("{name}" or "{type}" or "{scale}" or "{ext}"));
        var problem =
            unknown is not null ? $"knows {{name}}, {{type}}, {{scale}} and {{ext}}, not '{unknown}'"
            : !template.Contains("{name}", StringComparison.Ordinal) ? $"needs {{name}}, or every output has one name: '{template}'"
            : template.AsSpan().ContainsAny('/', '\\') ? $"is a name without folders, which are those of the photographs: '{template}'"
            : ending is not null && format is not null && !Extensions[format].Contains(ending)
                ? $"ends in '{ending}' and --format says '{format}'; leave one of them out"
            : null;
        if (problem is not null)
            throw new FormatException($"--name {problem}");
    }

    /// <summary>The output's path below the output folder.</summary>
    /// <param name="relativePath">The photograph's path below the folder that it comes from.</param>
    /// <param name="scale">What <c>{scale}</c> stands for.</param>
    public string Of(string relativePath, string scale)
    {
        var extension = Path.GetExtension(relativePath);
        var name = Placeholder().Replace(_template, match => match.Value switch
        {
            "{name}" => Path.GetFileNameWithoutExtension(relativePath),
            "{type}" => extension.TrimStart('.'),
            "{scale}" => scale,
            _ => _extension ?? (Writable.Contains(extension.ToLowerInvariant()) ? extension : ".png"),
        });
        return Path.Join(Path.GetDirectoryName(relativePath), name);
    }

    /// <summary>Whether a path ends in the extension of a format that is written.</summary>
    public static bool IsOfAFile(string path) => Writable.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>Why a file of that path cannot be, or null: the system would say so only when all the work is done.</summary>
    public static CommandFailure? Problem(string path)
    {
        var name = Path.GetFileName(path);
        var length = OperatingSystem.IsWindows() ? name.Length : Encoding.UTF8.GetByteCount(name);
        return length <= LongestName ? null : new CommandFailure(
            ExitCode.OutputNameTooLong, $"The output's name '{name}' has {length} bytes and {LongestName} are allowed; rename the photograph, or shorten --name.");
    }

    [GeneratedRegex(@"\{[^{}]*\}?|\}")]
    private static partial Regex Placeholder();
}
