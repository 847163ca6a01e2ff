using System.Globalization;
using Koala.Network;
using Koala.Training.Optimization;
using static TorchSharp.torch;

namespace Koala.Training.Stages;

/// <summary>A training at some step, on disk: weights, moments, averages, step. The patches follow from the step.</summary>
internal static class TrainingState
{
    private const string Format = "koala-train 1";
    private const string TwoBlurs = "--two-blurs";

    /// <summary>Writes the state, whole or not at all.</summary>
    public static void Save(string path, TrainingOptions options, string photographs, KoalaNet network, Optimizer optimizer, int step)
    {
        var tensors = network.named_parameters().ToDictionary(p => $"w.{p.name}", p => (Tensor)p.parameter);
        foreach (var (name, value) in optimizer.State)
            tensors[name] = value;
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["network"] = options.Network.ToString(),
            ["stage"] = options.Stage.ToString(CultureInfo.InvariantCulture),
            ["method"] = options.Method.ToString(),
            ["photographs"] = photographs,
            ["patches"] = Patches(options),
            ["step"] = step.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Restores a state; the number of steps done.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or of another stage, network, optimizer, or of other photographs or patches.</exception>
    public static int Restore(string path, TrainingOptions options, string photographs, KoalaNet network, Optimizer optimizer)
    {
        using var file = new SafetensorsReader(path);
        var stage = options.Stage.ToString(CultureInfo.InvariantCulture);
        if (file.Metadata.GetValueOrDefault("format") != Format)
            throw new CheckpointException(path, "not the state of a training");
        if (file.Metadata.GetValueOrDefault("network") != options.Network.ToString() || file.Metadata.GetValueOrDefault("stage") != stage)
            throw new CheckpointException(
                path, $"a training of stage {file.Metadata.GetValueOrDefault("stage")}, {file.Metadata.GetValueOrDefault("network")}; choose another --out for stage {stage}, {options.Network}");
        var method = file.Metadata.GetValueOrDefault("method", nameof(OptimizationMethod.Adam));
        if (method != options.Method.ToString())
            throw new CheckpointException(path, $"a training by {method}; give --optimizer {method}, or choose another --out for {options.Method}");
        // Of a version that did not note them: nothing to compare with.
        if (file.Metadata.GetValueOrDefault("photographs", photographs) != photographs)
            throw new CheckpointException(path, "a training on other photographs; give these as --data, or choose another --out, with --init to begin with its weights");
        var patches = file.Metadata.GetValueOrDefault("patches", Patches(options));
        if (!patches.Contains(TwoBlurs, StringComparison.Ordinal))
            patches += $" {TwoBlurs} 0";
        if (patches != Patches(options))
            throw new CheckpointException(path, $"a training with {patches}; give these, or choose another --out for {Patches(options)}");
        using var _ = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
            Copy($"w.{name}", parameter);
        foreach (var (name, value) in optimizer.State)
            Copy(name, value);
        return int.Parse(file.Metadata["step"], CultureInfo.InvariantCulture);

        void Copy(string name, Tensor target)
        {
            using var value = file.Read(name);
            target.copy_(value);
        }
    }

    // What a step learns from follows from these and its number.
    private static string Patches(TrainingOptions options) =>
        string.Create(CultureInfo.InvariantCulture, $"--batch {options.Batch} --patch {options.PatchLr} --seed {options.Seed} {TwoBlurs} {options.TwoBlurs}");
}
