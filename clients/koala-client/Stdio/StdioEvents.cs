using System.Text.Json;

namespace Koala.Client.CommandLine.Stdio;

/// <summary>Lines of JSON on standard error: what a plug-in shows while it waits.</summary>
internal sealed class StdioEvents(TextWriter error) : IProgress<UpscaleProgress>
{
    private readonly Lock _lock = new();

    /// <summary>Says what is waited for.</summary>
    public void Waiting(string text) => Write(new { @event = "waiting", text });

    /// <inheritdoc/>
    public void Report(UpscaleProgress value) => Write(new
    {
        @event = "progress",
        fraction = Math.Round(value.Fraction, 4),
        seconds_left = value.Remaining is { } left ? Math.Round(left.TotalSeconds, 1) : (double?)null,
    });

    /// <summary>Says what was done.</summary>
    public void Done(UpscaleResult result) => Write(new
    {
        @event = "done",
        model = result.Model,
        device = result.Device,
        precision = result.Precision == Precision.Fp32 ? "fp32" : "bf16",
        seconds = Math.Round(result.Elapsed.TotalSeconds, 3),
        compute_seconds = Math.Round(result.ComputeSeconds, 3),
    });

    /// <summary>Says why there is no result.</summary>
    public void Failed(ExitCode code, string message) => Write(new { @event = "error", code = (int)code, message });

    private void Write(object line)
    {
        // Progress comes from several threads.
        lock (_lock)
        {
            error.WriteLine(JsonSerializer.Serialize(line));
            error.Flush();
        }
    }
}
