using Spectre.Console;

namespace Koala.Client.CommandLine.Progress;

/// <summary>What people see while they wait.</summary>
internal abstract class ProgressDisplay : IProgress<UpscaleProgress>
{
    /// <summary>Says what is waited for, in one line.</summary>
    public abstract void Waiting(string line);

    /// <summary>Says how far the work is.</summary>
    public abstract void Report(UpscaleProgress value);

    /// <summary>Runs some work with a bar on a screen, with lines where there is none, in silence without a terminal.</summary>
    public static Task<T> ShowAsync<T>(Terminal? terminal, Func<ProgressDisplay, Task<T>> work)
    {
        if (terminal is null)
            return work(new ProgressLines(TextWriter.Null));
        if (terminal.Screen is null)
            return work(new ProgressLines(terminal.Out));
        return terminal.Screen.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context => work(new ProgressBar(context.AddTask("Starting …"))));
    }

    /// <summary>Tiles, megapixels and the time left, such as
    /// <c>3 of 12 tiles, 0.07 of 0.27 megapixels, about 9 s left</c>.</summary>
    protected static string Describe(UpscaleProgress progress) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{progress.TilesDone} of {progress.TilesTotal} tiles, {progress.MegapixelsDone:0.00} of {progress.MegapixelsTotal:0.00} megapixels{TimeLeft(progress.Remaining)}");

    /// <summary>Such as <c>, about 9 s left</c>; empty where that is not known.</summary>
    internal static string TimeLeft(TimeSpan? remaining) =>
        remaining is { } left && left > TimeSpan.Zero ? $", about {Duration(left)} left" : "";

    /// <summary>Seconds, minutes or hours, whichever says most.</summary>
    internal static string Duration(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => $"{Math.Ceiling(time.TotalSeconds):0} s",
        { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds} s",
        _ => $"{(int)time.TotalHours} h {time.Minutes} min",
    };
}
