using System.Diagnostics;
using Koala.Network.Native;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Koala.Worker.Observability;

namespace Koala.Worker.Batching;

/// <summary>
/// The one thread that touches the device, from loading the models to unloading them. A thread of its own and not a
/// task: libtorch keeps a team of helper threads for every thread that calls it.
/// </summary>
internal sealed partial class DeviceThread(
    IInferenceEngine engine, BatchRunner runner, BatchQueue queue, BatchingOptions options, MemoryLimit memory, LoadedModels models, WorkerMetrics metrics,
    WorkerTraces traces, WorkerLifecycle lifecycle, ILogger<DeviceThread> logger) : IHostedLifecycleService
{
    // Without tiles for so long the memory that the last ones took is given back; the next ones take a tenth longer for it, once.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _thread;

    /// <summary>Starts once the worker listens: without an endpoint no model is loaded.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "device" };
        _thread.Start();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Ends after the batch or load at work; by now Kestrel is down, so nobody waits for further ones. What outlives
    /// the time for the shutdown ends with the process.
    /// </summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        queue.Close();
        if (_thread is null)
            return;
        try
        {
            await _finished.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            LogAbandoned();
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Run()
    {
        try
        {
            var profile = engine.Load();
            models.Exchange(profile.Models);
            lifecycle.BecomeReady(profile);
            LogReady(profile.Device);
            var limits = options.Over(profile.Batches).Within(memory.Pixels);
            var (used, ended) = (true, Stopwatch.GetTimestamp());
            while (queue.Take(limits, used ? Rest - Stopwatch.GetElapsedTime(ended) : null, out var rested) is { } batch)
            {
                if (rested)
                {
                    TorchRuntime.ReleaseFreedMemory();
                    used = false;
                    continue;
                }
                if (batch.Count == 0)
                {
                    LookAtModels();
                    continue;
                }
                var started = Stopwatch.GetTimestamp();
                runner.Run(batch);
                (used, ended) = (true, Stopwatch.GetTimestamp());
                metrics.Computed(batch, started);
                traces.Computed(batch, started);
            }
        }
        catch (Exception e)
        {
            // The innermost exception has the reason, e.g. which library is missing; libtorch adds lines of backtrace.
            var problem = e.GetBaseException().Message.Split('\n')[0];
            LogFailed(problem);
            lifecycle.Fail(problem);
        }
        finally
        {
            engine.Unload();
            _finished.SetResult();
        }
    }

    /// <summary>Between two batches: takes in what is new in the folder, frees what no stream needs any more.</summary>
    private void LookAtModels()
    {
        var needed = engine.Reload() is { } catalog ? models.Exchange(catalog) : models.Needed();
        engine.Keep(needed);
    }

    [LoggerMessage(LogLevel.Information, "Ready on {Device}")]
    private partial void LogReady(string device);

    [LoggerMessage(LogLevel.Warning, "The device is still at work; leaving without waiting for it")]
    private partial void LogAbandoned();

    [LoggerMessage(LogLevel.Critical, "{Problem}")]
    private partial void LogFailed(string problem);
}
