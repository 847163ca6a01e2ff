using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Koala.Client.CommandLine.Stdio;

/// <summary>The line that comes before the rows on standard input; <c>docs/stdio.md</c> describes it.</summary>
internal sealed record StdioRequest
{
    // A longer line is no request.
    private const int MaxLineBytes = 64 << 10;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required string Format { get; init; }

    public int Scale { get; init; } = 4;

    public bool SameSize { get; init; }

    public double Strength { get; init; } = 1;

    public double KeepBlur { get; init; }

    public string Model { get; init; } = "";

    public Precision Precision { get; init; }

    /// <summary>Reads it; the rows follow on the stream.</summary>
    /// <exception cref="CommandFailure">The line is no request.</exception>
    public static async Task<StdioRequest> ReadAsync(Stream input, CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        var next = new byte[1];
        while (true)
        {
            if (await input.ReadAsync(next, cancellationToken) == 0)
                throw Invalid("standard input ended before it");
            if (next[0] == '\n')
                break;
            line.Add(next[0]);
            if (line.Count > MaxLineBytes)
                throw Invalid("the first line is too long");
        }

        try
        {
            var request = JsonSerializer.Deserialize<StdioRequest>(Encoding.UTF8.GetString([.. line]), Options) ?? throw Invalid("it is null");
            request.Check();
            return request;
        }
        catch (JsonException error)
        {
            throw Invalid(error.Message, error);
        }
    }

    /// <summary>How the pixels are stored.</summary>
    public LayerFormat LayerFormat => LayerFormat.Parse(Format);

    private void Check()
    {
        if (Width < 1 || Height < 1)
            throw Invalid($"{Width}x{Height} is no size");
        if (Scale is not (2 or 4))
            throw Invalid($"scale is 2 or 4, not {Scale}");
        if (!(Strength is >= 0 and <= 1))
            throw Invalid($"strength is 0 to 1, not {Strength}");
        if (!(KeepBlur is >= 0 and <= 1))
            throw Invalid($"keep_blur is 0 to 1, not {KeepBlur}");
        try
        {
            _ = LayerFormat;
        }
        catch (FormatException error)
        {
            throw Invalid(error.Message, error);
        }
    }

    private static CommandFailure Invalid(string problem, Exception? cause = null) => new(
        ExitCode.Usage, $"The first line of standard input is to be a request as docs/stdio.md describes it: {problem.ReplaceLineEndings(" ").TrimEnd('.')}.", cause);
}
