using Spectre.Console;

namespace Koala.Client.CommandLine.Progress;

/// <summary>Progress on a screen.</summary>
internal sealed class ProgressBar(ProgressTask task) : ProgressDisplay
{
    public override void Waiting(string line)
    {
        task.IsIndeterminate = true;
        task.Description = Markup.Escape(line);
    }

    public override void Report(UpscaleProgress value)
    {
        task.IsIndeterminate = false;
        task.Description = Markup.Escape(Describe(value));
        task.Value = value.Fraction * task.MaxValue;
    }
}
