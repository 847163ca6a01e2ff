namespace Koala.Client;

/// <summary>What is done where the worker is lost in the middle of a job: how often it is looked for, and whether it is started again.</summary>
public sealed record WorkerRecovery
{
    /// <summary>Nothing: the first loss ends the job.</summary>
    public static WorkerRecovery None { get; } = new() { Attempts = 0 };

    /// <summary>
    /// Attempts in a row, none of them with an answered tile, after which the job fails; 0 or more. Default: 5, about 15 seconds. A tile
    /// that brings down the worker every time ends its job so, while one that only happened to be there goes on.
    /// </summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Time before the first attempt; each further one waits twice as long. Default: 0.5 seconds.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Longest time before an attempt. Default: 10 seconds.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How a worker that is gone is started again; not used with an address on a network. Default (null): somebody else starts it.</summary>
    public WorkerStartOptions? Restart { get; init; }

    /// <summary>As <see cref="Restart"/>, for programs that have another way to start a worker; returns once it answers. Default (null): none.</summary>
    public Func<CancellationToken, Task>? RestartBy { get; init; }

    /// <summary>Told, in a line for people, what is waited for. Default: nobody.</summary>
    public Action<string>? Report { get; init; }

    /// <summary>Whether a worker at an address is started again.</summary>
    internal bool CanRestart(WorkerAddress address) => Attempts > 0 && !address.IsNetwork && (Restart is not null || RestartBy is not null);

    /// <summary>Time before an attempt, 1 for the first: up to a half shorter by chance, so that many clients do not come back at once.</summary>
    internal TimeSpan DelayBefore(int attempt)
    {
        var longest = Math.Min(FirstDelay.TotalSeconds * Math.Pow(2, attempt - 1), LongestDelay.TotalSeconds);
        return TimeSpan.FromSeconds(longest * (1 - Random.Shared.NextDouble() / 2));
    }
}
