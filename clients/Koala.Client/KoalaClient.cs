using Grpc.Core;
using Koala.Client.Layers;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>
/// A connection to a worker, or to several that share the work. Connects with the first call and again where the connection was lost, so
/// that it can be kept for as long as the program runs. Safe for use by several threads at once.
/// </summary>
public sealed class KoalaClient : IAsyncDisposable
{
    // In which the worker looks for what the client calls a request.
    private const string RequestHeader = "koala-request-id";

    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(10);

    private readonly WorkerChannel _channel;
    private readonly Wire.Upscaler.UpscalerClient _worker;

    /// <summary>Prepares a connection; nothing is sent yet.</summary>
    /// <param name="address">Where the worker listens.</param>
    /// <exception cref="KoalaException">A file of the address's access cannot be used, or its token would travel unencrypted.</exception>
    public KoalaClient(WorkerAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Address = address;
        _channel = new WorkerChannel(address);
        _worker = new Wire.Upscaler.UpscalerClient(_channel.Calls);
    }

    /// <summary>Where the worker listens.</summary>
    public WorkerAddress Address { get; }

    /// <summary>What is done where the worker is lost in the middle of a job. Default: as its own defaults.</summary>
    public WorkerRecovery Recovery { get; init; } = new();

    /// <summary>The workers of the address; those of a name once one of them has answered.</summary>
    internal IReadOnlyList<WorkerAddress> Workers => _channel.Workers;

    /// <summary>
    /// Asks the worker what it is, what it can do and how busy it is; waits 10 seconds at most. Of several it is one that is ready, if any is.
    /// </summary>
    /// <exception cref="KoalaException">No worker answers.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<WorkerStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        var status = await GetStatusAsync(Address, cancellationToken).ConfigureAwait(false);
        if (!Address.IsSeveral || status.State == WorkerState.Ready)
            return status;
        var others = await GetStatusesAsync(cancellationToken).ConfigureAwait(false);
        return others.Values.FirstOrDefault(other => other?.State == WorkerState.Ready) ?? status;
    }

    /// <summary>Asks every worker of the address, all at once; null is the answer of one that does not answer.</summary>
    /// <exception cref="KoalaException">No worker answers.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<IReadOnlyDictionary<WorkerAddress, WorkerStatus?>> GetStatusesAsync(CancellationToken cancellationToken = default)
    {
        // Whichever of them: connects to all, looks up a name, and fails where there is none.
        var any = await GetStatusAsync(Address, cancellationToken).ConfigureAwait(false);
        if (!Address.IsSeveral)
            return new Dictionary<WorkerAddress, WorkerStatus?> { [Address] = any };
        var workers = Workers.Distinct().ToArray();
        var statuses = await Task.WhenAll(workers.Select(TryAsync)).ConfigureAwait(false);
        return workers.Zip(statuses).ToDictionary(pair => pair.First, pair => pair.Second);

        async Task<WorkerStatus?> TryAsync(WorkerAddress worker)
        {
            try
            {
                return await GetStatusAsync(worker, cancellationToken).ConfigureAwait(false);
            }
            catch (KoalaException)
            {
                return null;
            }
        }
    }

    /// <summary>Asks one of the workers.</summary>
    internal async Task<WorkerStatus> GetStatusAsync(WorkerAddress worker, CancellationToken cancellationToken)
    {
        try
        {
            return new WorkerStatus(await _worker
                .GetStatusAsync(new Wire.GetStatusRequest(), _channel.HeadersFor(worker), DateTime.UtcNow + StatusTimeout, cancellationToken)
                .ConfigureAwait(false));
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw WorkerErrors.FromCall(exception, worker, accepted: false);
        }
    }

    /// <summary>Begins a call to one of the workers.</summary>
    internal AsyncDuplexStreamingCall<Wire.UpscaleRequest, Wire.UpscaleResponse> BeginUpscale(WorkerAddress worker, string requestId, CancellationToken stop)
    {
        var headers = _channel.HeadersFor(worker);
        headers.Add(RequestHeader, requestId);
        return _worker.Upscale(headers, cancellationToken: stop);
    }

    /// <summary>
    /// Enlarges one image, row by row: neither the image nor its enlargement is ever held as a whole, but about two rows of
    /// tiles of each. While the worker loads its models the job waits; where it is lost it is looked for as <see cref="Recovery"/>
    /// says, and only the tiles that it has not answered are sent again.
    /// </summary>
    /// <param name="job">The image, where its rows come from and where they go.</param>
    /// <param name="progress">Told after every tile.</param>
    /// <param name="cancellationToken">Ends the job, at the worker too. Rows may have been written by then.</param>
    /// <exception cref="ArgumentException">A value of the job is out of range.</exception>
    /// <exception cref="KoalaException">
    /// The worker could not do it, or was lost. Rows may have been written by then: discard them.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<UpscaleResult> UpscaleAsync(
        UpscaleJob job, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        job.Validate();
        // On the pool: an application's own context would run every step on its user interface's thread.
        return Task.Run(
            async () =>
            {
                var status = await FindWorkerAsync(cancellationToken);
                return await new UpscaleCall(this, status, job, progress).RunAsync(cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>
    /// Enlarges one layer as <see cref="UpscaleAsync"/> enlarges an image: grey stays grey; alpha is enlarged beside the colours without
    /// ringing, and colours hidden under transparent pixels do not show.
    /// </summary>
    /// <param name="job">The layer, where its rows come from and where they go.</param>
    /// <param name="progress">Told after every tile.</param>
    /// <param name="cancellationToken">Ends the job, at the worker too. Rows may have been written by then.</param>
    /// <exception cref="ArgumentException">A value of the job is out of range.</exception>
    /// <exception cref="KoalaException">The worker could not do it, or was lost. Rows may have been written by then: discard them.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<UpscaleResult> UpscaleLayerAsync(
        LayerJob job, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentOutOfRangeException.ThrowIfLessThan(job.Width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(job.Height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(job.Scale, 1);
        if (!(job.Strength is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(job), job.Strength, "Expected a strength from 0 to 1.");
        return UpscaleAsync(new LayerUpscale(job).ToJob(), progress, cancellationToken);
    }

    /// <summary>
    /// Estimates the blur of one image without enlarging it, row by row as <see cref="UpscaleAsync"/>. The result has the mean kernel.
    /// </summary>
    /// <param name="job">The image, where its rows come from and where those of the blur map go.</param>
    /// <param name="progress">Told after every tile.</param>
    /// <param name="cancellationToken">Ends the job, at the worker too. Rows may have been written by then.</param>
    /// <exception cref="ArgumentException">A value of the job is out of range.</exception>
    /// <exception cref="KoalaException">The worker could not do it, its model estimates no blur, or it was lost.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<UpscaleResult> EstimateBlurAsync(
        BlurJob job, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        return UpscaleAsync(job.ToJob(), progress, cancellationToken);
    }

    /// <summary>Closes the connection; jobs that run are cancelled.</summary>
    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The worker's status; one that is lost just now is started again, where that is wanted.</summary>
    private async Task<WorkerStatus> FindWorkerAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await GetStatusAsync(cancellationToken);
        }
        catch (KoalaException loss) when (loss.IsTransient && Recovery.CanRestart(Address))
        {
            return await new LostWorker(this, Address).ReopenAsync(loss, (status, _) => Task.FromResult(status), cancellationToken);
        }
    }
}
