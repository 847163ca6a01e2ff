using System.Text.Json;
using System.Text.Json.Serialization;

namespace Koala.PaintDotNet;

/// <summary>
/// Settings that are remembered: a small file for each effect in the user's application data. What cannot be read is like what was never
/// written, and what cannot be written is forgotten: settings are no reason to bother anybody.
/// </summary>
/// <typeparam name="T">The settings, whose defaults are those of a new object.</typeparam>
/// <param name="name">Name of the file.</param>
internal sealed class SettingsFile<T>(string name)
    where T : class, new()
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    /// <summary>Where it is.</summary>
    public string Path { get; } = System.IO.Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "Koala", name);

    /// <summary>The settings of last time.</summary>
    public T Load()
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(Path), Options) ?? new T();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return new T();
        }
    }

    /// <summary>Remembers settings.</summary>
    public void Save(T settings)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            var beside = $"{Path}.{Environment.ProcessId}";
            File.WriteAllBytes(beside, JsonSerializer.SerializeToUtf8Bytes(settings, Options));
            File.Move(beside, Path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // See above.
        }
    }
}
