using Grpc.Core;
using Grpc.Net.Client;
using Koala.Client.Layers;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>
/// A connection to one worker. Connects with the first call and again where the connection was lost, so that it can be
/// kept for as long as the program runs. Safe for use by several threads at once.
/// </summary>
public sealed class KoalaClient : IAsyncDisposable
{
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(10);

    private readonly GrpcChannel _channel;
    private readonly Wire.Upscaler.UpscalerClient _worker;

    /// <summary>Prepares a connection; nothing is sent yet.</summary>
    /// <param name="address">Where the worker listens.</param>
    /// <exception cref="KoalaException">A file of the address's access cannot be used, or its token would travel unencrypted.</exception>
    public KoalaClient(WorkerAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Address = address;
        _channel = WorkerChannel.Open(address);
        _worker = new Wire.Upscaler.UpscalerClient(WorkerChannel.Authorised(_channel, address));
    }

    /// <summary>Where the worker listens.</summary>
    public WorkerAddress Address { get; }

    /// <summary>What is done where the worker is lost in the middle of a job. Default: as its own defaults.</summary>
    public WorkerRecovery Recovery { get; init; } = new();

    /// <summary>Asks the worker what it is, what it can do and how busy it is; waits 10 seconds at most.</summary>
    /// <exception cref="KoalaException">No worker answers.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<WorkerStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var deadline = DateTime.UtcNow + StatusTimeout;
            return new WorkerStatus(await _worker
                .GetStatusAsync(new Wire.GetStatusRequest(), deadline: deadline, cancellationToken: cancellationToken)
                .ConfigureAwait(false));
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw WorkerErrors.FromCall(exception, Address, accepted: false);
        }
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
                var status = await GetStatusAsync(cancellationToken);
                return await new UpscaleCall(_worker, this, status, job, progress).RunAsync(cancellationToken);
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
}
