using System.Text.RegularExpressions;
using Koala.Network;

namespace Koala.Worker.Inference;

/// <summary>What the network runs on.</summary>
internal sealed partial record EngineOptions
{
    /// <summary>auto (CUDA where there is one), cpu, cuda or cuda:n. Default: auto.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Where a client names none. Default (null): bf16 where the device computes in it, else fp32.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Folder of the *.safetensors files. Default: models beside the program.</summary>
    public string Models { get; init; } = Path.Combine(AppContext.BaseDirectory, "models");

    /// <summary>Threads of the CPU's arithmetic, 1 to 1024. Default: all cores this process may use.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Seconds between two looks at the models' folder for changed files, 0 to 86400; 0 for never. Default: 10.</summary>
    public int ReloadSeconds { get; init; } = 10;

    public IEnumerable<string> Validate()
    {
        if (!DeviceName().IsMatch(Device))
            yield return $"--device: expected auto, cpu, cuda or cuda:N, got '{Device}'";
        if (Threads is < 1 or > 1024)
            yield return $"--threads: expected 1 to 1024, got {Threads}";
        if (Models.Length == 0)
            yield return "--models: expected a folder, got ''";
        if (ReloadSeconds is < 0 or > 86_400)
            yield return $"--reload: expected 0 to 86400 seconds, got {ReloadSeconds}";
    }

    [GeneratedRegex(@"^(auto|cpu|cuda(:\d{1,3})?)$")]
    private static partial Regex DeviceName();
}
