namespace Koala.PaintDotNet.Upscaling;

/// <summary>What the dialog shows. Immutable.</summary>
internal sealed record DialogState
{
    /// <summary>About the worker.</summary>
    public string WorkerStatus { get; init; } = Texts.WorkerAsked;

    /// <summary>Whether an image is being made.</summary>
    public bool IsRunning { get; init; }

    /// <summary>Share that is done, 0 to 1.</summary>
    public double Progress { get; init; }

    /// <summary>What is done or waited for, how it ended, or what went wrong and what to do.</summary>
    public string Message { get; init; } = "";

    /// <summary>Whether <see cref="Message"/> says what went wrong.</summary>
    public bool IsError { get; init; }

    /// <summary>Before and after; null until it is there.</summary>
    public Preview? Preview { get; init; }
}
