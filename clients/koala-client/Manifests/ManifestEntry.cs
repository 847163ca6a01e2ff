using System.Text.Json;
using System.Text.Json.Serialization;

namespace Koala.Client.CommandLine.Manifests;

/// <summary>What a line of the manifest tells of an output.</summary>
internal enum ManifestState
{
    /// <summary>Work on it begins. Without a later line the program was killed: before or after the output got its name.</summary>
    Started,

    /// <summary>It is written.</summary>
    Done,

    /// <summary>It was not written.</summary>
    Failed,
}

/// <summary>One line of the manifest.</summary>
internal sealed record ManifestEntry
{
    /// <summary>Version of these lines; others are left alone and not understood.</summary>
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Version of this line.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>What the line tells.</summary>
    public required ManifestState State { get; init; }

    /// <summary>When it was written, in UTC.</summary>
    public required DateTime Time { get; init; }

    /// <summary>The photograph.</summary>
    public required FileState Input { get; init; }

    /// <summary>What was made of it.</summary>
    public required UpscaleWork Work { get; init; }

    /// <summary>The output's path below the output folder, with slashes.</summary>
    public required string OutputPath { get; init; }

    /// <summary>The output; of work that begins, what it replaces.</summary>
    public FileState? Output { get; init; }

    /// <summary>Seconds from the photograph's turn to the output's name.</summary>
    public double? Seconds { get; init; }

    /// <summary>Why it was not written.</summary>
    public string? Error { get; init; }

    /// <summary>The line, without its end.</summary>
    public string ToLine() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads a line; null where it is torn, of another version, or no line of a manifest.</summary>
    public static ManifestEntry? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<ManifestEntry>(line, Json) is { Version: CurrentVersion } entry ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
