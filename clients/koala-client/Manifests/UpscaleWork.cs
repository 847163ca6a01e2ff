using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Manifests;

/// <summary>What an output depends on besides the photograph.</summary>
/// <param name="Parameters">Every setting that is not at its default.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="ModelSha256">SHA-256 of the model's weights in lower-case hexadecimal digits; empty where the worker does not tell.</param>
internal sealed record UpscaleWork(JsonObject Parameters, string Model, string ModelSha256)
{
    // Defaults are left out, so that a setting that a later version adds changes nothing for what was made before.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The work that settings and a model stand for.</summary>
    public static UpscaleWork Of(UpscaleSettings settings, WorkerModel model) =>
        new(JsonSerializer.SerializeToNode(settings, Json)!.AsObject(), model.Name, model.Sha256);

    /// <summary>Whether other work makes the same of a photograph.</summary>
    public bool IsSame(UpscaleWork other) =>
        JsonNode.DeepEquals(Parameters, other.Parameters) && Model == other.Model && ModelSha256 == other.ModelSha256;
}
