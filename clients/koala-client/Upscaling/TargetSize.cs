using System.Globalization;
using System.Text.Json.Serialization;

namespace Koala.Client.CommandLine.Upscaling;

/// <summary>How large photographs become: by one measure, and always with their own proportions.</summary>
internal sealed record TargetSize
{
    /// <summary>What the network can do at once.</summary>
    public const int LargestScale = 4;

    /// <summary>What it can do in two passes.</summary>
    public const int LargestRepeatedScale = 16;

    /// <summary>Times as wide and as high. Default, where nothing else is set: 4.</summary>
    public double? Scale { get; init; }

    /// <summary>Pixels; with <see cref="Height"/> what the photograph has to fit into.</summary>
    public int? Width { get; init; }

    /// <summary>Pixels; with <see cref="Width"/> what the photograph has to fit into.</summary>
    public int? Height { get; init; }

    /// <summary>Pixels of the longer side.</summary>
    public int? Longest { get; init; }

    /// <summary>Millions of pixels in all.</summary>
    public double? Megapixels { get; init; }

    /// <summary>Whether the network may enlarge what it has enlarged.</summary>
    public bool AllowRepeat { get; init; }

    /// <summary>For names of outputs: <c>4</c>, <c>1.5</c>, <c>1920w</c>, <c>1080h</c>, <c>1920x1080</c>, <c>2000px</c> or <c>12mp</c>.</summary>
    [JsonIgnore]
    public string Name => (Width, Height, Longest, Megapixels) switch
    {
        ({ } width, { } height, _, _) => $"{width}x{height}",
        ({ } width, _, _, _) => $"{width}w",
        (_, { } height, _, _) => $"{height}h",
        (_, _, { } longest, _) => $"{longest}px",
        (_, _, _, { } megapixels) => $"{Text(megapixels)}mp",
        _ => Text(Scale ?? LargestScale),
    };

    /// <summary>Whether there is a way to it for a photograph of that size.</summary>
    public bool Fits(int width, int height)
    {
        try
        {
            _ = For(width, height);
            return true;
        }
        catch (CommandFailure)
        {
            return false;
        }
    }

    /// <summary>What it means for a photograph.</summary>
    /// <exception cref="CommandFailure">The network would have to be repeated and may not, or it is too much even so.</exception>
    public SizePlan For(int width, int height)
    {
        var factor = Scale
            ?? (Width is not null || Height is not null ? Math.Min((double?)Width / width ?? double.MaxValue, (double?)Height / height ?? double.MaxValue)
            : Longest is { } longest ? (double)longest / Math.Max(width, height)
            : Megapixels is { } megapixels ? Math.Sqrt(megapixels * 1e6 / ((double)width * height))
            : LargestScale);
        int[] passes = factor switch
        {
            <= 2 => [2],
            <= 4 => [4],
            <= 8 => [4, 2],
            <= 16 => [4, 4],
            _ => throw Failure($"{Text(factor)} times is more than {LargestRepeatedScale}; choose a smaller target"),
        };
        if (passes.Length > 1 && !AllowRepeat)
            throw Failure($"{Text(factor)} times takes the network twice, which invents more than it finds; choose at most {LargestScale} times, or add --allow-repeat");
        var product = passes.Aggregate((a, b) => a * b);
        return new SizePlan(Side(width), Side(height), passes);

        int Side(int side) => (int)Math.Clamp(Math.Round(side * factor), 1, (double)side * product);

        CommandFailure Failure(string problem) => new(ExitCode.Usage, $"A photo of {width}x{height} pixels: {problem}.");
    }

    private static string Text(double factor) => factor.ToString("0.##", CultureInfo.InvariantCulture);
}

/// <summary>The way to a size.</summary>
/// <param name="Width">Pixels in the end.</param>
/// <param name="Height">Pixels in the end.</param>
/// <param name="Passes">Scales of the network, one after the other; what is too much after them is reduced.</param>
internal sealed record SizePlan(int Width, int Height, IReadOnlyList<int> Passes)
{
    /// <summary>Of all passes together.</summary>
    public int Scale => Passes.Aggregate((a, b) => a * b);
}
