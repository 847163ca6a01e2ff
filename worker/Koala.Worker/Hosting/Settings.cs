using System.Collections;
using System.CommandLine;
using System.Text.Json;

namespace Koala.Worker.Hosting;

/// <summary>
/// Options from elsewhere than the command line, as arguments of it: of each option the command line's value holds, else that of
/// <c>KOALA_WORKER_OPTION_NAME</c> in the environment, else that of <c>"option-name"</c> in the file of <c>--config</c>.
/// </summary>
internal static class Settings
{
    private const string Prefix = "KOALA_WORKER_";

    // The clients': which program to start as the worker.
    private const string NoOption = "KOALA_WORKER_PROGRAM";

    private static readonly JsonDocumentOptions Lenient = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        AllowDuplicateProperties = false,
    };

    /// <summary>The arguments that are to follow those of the command line.</summary>
    /// <param name="command">Its options are those that may be set.</param>
    /// <param name="args">The command line.</param>
    /// <param name="config">The option that names the file.</param>
    /// <param name="environment">Names and values.</param>
    /// <param name="problems">Gets what cannot be used, with the place where it stands.</param>
    public static string[] ArgumentsFor(RootCommand command, string[] args, Option<string> config, IDictionary environment, List<string> problems)
    {
        var parsed = command.Parse(args);
        // Help and version do something else than the command.
        var options = command.Options.Where(option => option.Action is null).ToDictionary(option => option.Name[2..], StringComparer.Ordinal);
        var given = options.Where(option => parsed.GetResult(option.Value) is { Implicit: false }).Select(option => option.Key).ToHashSet(StringComparer.Ordinal);
        var settings = FromEnvironment(options, environment, problems).ToList();
        var file = parsed.GetValue(config) ?? settings.LastOrDefault(setting => setting.Option == config.Name[2..]).Values?[0];
        var set = settings.Select(setting => setting.Option).ToHashSet(StringComparer.Ordinal);
        if (file is not null)
            settings.AddRange(FromFile(options, config.Name[2..], file, problems).Where(setting => !set.Contains(setting.Option)));

        var arguments = new List<string>();
        foreach (var (source, option, values) in settings.Where(setting => !given.Contains(setting.Option)))
        {
            string[] added = [.. values.Select(value => $"--{option}={value}")];
            // By itself, so that its place can be told.
            problems.AddRange(command.Parse(added).Errors.Select(error => $"{source}: {error.Message}"));
            arguments.AddRange(added);
        }
        return [.. arguments];
    }

    private static IEnumerable<(string Source, string Option, string[] Values)> FromEnvironment(
        Dictionary<string, Option> options, IDictionary environment, List<string> problems)
    {
        var variables = environment.Cast<DictionaryEntry>().Select(entry => (Name: (string)entry.Key, Value: (string?)entry.Value))
            .Where(variable => variable.Name.StartsWith(Prefix, StringComparison.Ordinal) && variable.Name != NoOption && !string.IsNullOrEmpty(variable.Value));
        foreach (var (name, value) in variables.OrderBy(variable => variable.Name, StringComparer.Ordinal))
        {
            var key = options.Keys.FirstOrDefault(option => name == VariableOf(option));
            if (key is null)
                problems.Add($"{name}: no option of the worker has this name");
            else
                yield return (name, key, IsList(options[key]) ? value!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [value!]);
        }
    }

    private static List<(string Source, string Option, string[] Values)> FromFile(
        Dictionary<string, Option> options, string config, string file, List<string> problems)
    {
        var settings = new List<(string, string, string[])>();
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file), Lenient);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new JsonException("expected an object with a key for each option");
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (!options.TryGetValue(property.Name, out var option) || property.Name == config)
                    problems.Add($"{file}: '{property.Name}' is no option; keys are the options' names without --");
                else if (ReadValues(property.Value, IsList(option)) is { } values)
                    settings.Add((file, property.Name, values));
                else
                    problems.Add($"{file}: {property.Name}: expected a string or a number{(IsList(option) ? " or a list of them" : "")}, got {property.Value.GetRawText()}");
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            problems.Add($"--config: {file}: {e.Message}");
        }
        return settings;
    }

    private static string[]? ReadValues(JsonElement value, bool isList) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Number => [value.GetRawText()],
        JsonValueKind.Array when isList && value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.String or JsonValueKind.Number) =>
            [.. value.EnumerateArray().Select(item => item.ToString())],
        _ => null,
    };

    private static string VariableOf(string option) => Prefix + option.Replace('-', '_').ToUpperInvariant();

    private static bool IsList(Option option) => option.Arity.MaximumNumberOfValues > 1;
}
