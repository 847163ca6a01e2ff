using Koala.Client;

namespace Koala.PaintDotNet.Workers;

/// <summary>A worker that is ready, found or started as the command line does.</summary>
/// <param name="client">The connection, which is closed with this.</param>
/// <param name="status">What the worker said when it was ready.</param>
internal sealed class Connection(KoalaClient client, WorkerStatus status) : IAsyncDisposable
{
    /// <summary>Sends jobs.</summary>
    public KoalaClient Client => client;

    /// <summary>What the worker said when it was ready.</summary>
    public WorkerStatus Status => status;

    /// <summary>Waits for the worker, and starts it where none runs; also where it is lost in the middle of a job.</summary>
    /// <param name="report">Told, in a line for people, what is waited for.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KoalaException">There is no worker, and none could be started.</exception>
    public static async Task<Connection> OpenAsync(Action<string>? report, CancellationToken cancellationToken)
    {
        var address = WorkerAddress.Default;
        var status = await WorkerLauncher.EnsureRunningAsync(address, options: null, report, cancellationToken);
        var client = new KoalaClient(address) { Recovery = new WorkerRecovery { Restart = new WorkerStartOptions(), Report = report } };
        return new Connection(client, status);
    }

    /// <summary>The model for a scale.</summary>
    /// <exception cref="KoalaException">The worker has none.</exception>
    public WorkerModel Model(int scale) => status.Model(scale) ?? throw new KoalaException(
        KoalaErrorKind.ModelNotFound, Texts.With(Texts.NoModel, scale));

    public ValueTask DisposeAsync() => client.DisposeAsync();
}
