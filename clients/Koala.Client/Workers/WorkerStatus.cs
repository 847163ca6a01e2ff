using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>What a worker is about to do. Values as in the contract.</summary>
public enum WorkerState
{
    /// <summary>The worker does not say.</summary>
    Unknown = 0,

    /// <summary>Models are being loaded; jobs wait.</summary>
    Starting = 1,

    /// <summary>Jobs are taken.</summary>
    Ready = 2,

    /// <summary>No new job is taken, those that run are finished.</summary>
    Stopping = 3,

    /// <summary>Models could not be loaded.</summary>
    Failed = 4,
}

/// <summary>Weights for one scale.</summary>
/// <param name="Name">Name to ask for.</param>
/// <param name="Scale">HR pixels per LR pixel and direction.</param>
/// <param name="Halo">LR pixels of real image that a tile needs around what is wanted of it.</param>
/// <param name="Alignment">Tile origins are multiples of so many LR pixels.</param>
/// <param name="Description">Where the weights come from, for people.</param>
/// <param name="Sha256">SHA-256 of the weights' file in lower-case hexadecimal digits; empty where the worker does not tell.</param>
public sealed record WorkerModel(string Name, int Scale, int Halo, int Alignment, string Description, string Sha256 = "")
{
    internal static WorkerModel Of(Wire.Model model) =>
        new(model.Name, (int)model.Scale, (int)model.Halo, (int)model.Alignment, model.Description, model.Sha256);
}

/// <summary>What a worker accepts.</summary>
/// <param name="MaxTileSide">Longest side of a tile in LR pixels, halo included.</param>
/// <param name="PreferredTileSide">Side of a tile in LR pixels, halo included, at which the device works best.</param>
/// <param name="MaxTilesInFlight">Tiles of one job that the worker holds.</param>
/// <param name="MaxMessageBytes">Longest message in bytes.</param>
/// <param name="MaxTilePixels">LR pixels of a tile, halo included, that fit into the worker's memory; 0 where it does not tell.</param>
public sealed record WorkerLimits(int MaxTileSide, int PreferredTileSide, int MaxTilesInFlight, long MaxMessageBytes, long MaxTilePixels = 0);

/// <summary>How busy a worker is and was.</summary>
/// <param name="WaitingTiles">Tiles waiting for the device.</param>
/// <param name="OpenJobs">Jobs that run or wait.</param>
/// <param name="FinishedTiles">Tiles since the start.</param>
/// <param name="FailedTiles">Tiles since the start that were answered with an error.</param>
/// <param name="WaitingPixels">LR pixels of the tiles that wait for the device.</param>
public sealed record WorkerLoad(int WaitingTiles, int OpenJobs, long FinishedTiles, long FailedTiles, long WaitingPixels = 0);

/// <summary>What a worker is, what it can do and how busy it is.</summary>
public sealed record WorkerStatus
{
    internal WorkerStatus(Wire.GetStatusResponse status)
    {
        Version = status.Version;
        Device = status.Device;
        State = (WorkerState)status.State;
        Problem = status.Problem;
        Models = [.. status.Models.Select(WorkerModel.Of)];
        Limits = new WorkerLimits(
            (int)(status.Limits?.MaxTileSide ?? 0),
            (int)(status.Limits?.PreferredTileSide ?? 0),
            (int)(status.Limits?.MaxTilesInFlight ?? 0),
            (long)(status.Limits?.MaxMessageBytes ?? 0),
            (long)(status.Limits?.MaxTilePixels ?? 0));
        Load = new WorkerLoad(
            (int)(status.Queue?.WaitingTiles ?? 0),
            (int)(status.Queue?.OpenStreams ?? 0),
            (long)(status.Queue?.FinishedTiles ?? 0),
            (long)(status.Queue?.FailedTiles ?? 0),
            (long)(status.Queue?.WaitingPixels ?? 0));
        DefaultPrecision = (Precision)status.DefaultPrecision;
        ProcessId = status.ProcessId;
        Uptime = TimeSpan.FromSeconds(status.UptimeSeconds);
        IdleTimeout = TimeSpan.FromSeconds(status.IdleTimeoutSeconds);
    }

    /// <summary>Version of the worker.</summary>
    public string Version { get; }

    /// <summary>The device, for people.</summary>
    public string Device { get; }

    /// <summary>Whether jobs are taken.</summary>
    public WorkerState State { get; }

    /// <summary>Why the state is <see cref="WorkerState.Failed"/>; else empty.</summary>
    public string Problem { get; }

    /// <summary>The models to choose from.</summary>
    public IReadOnlyList<WorkerModel> Models { get; }

    /// <summary>The model that the worker takes for a scale, or null where it has none.</summary>
    /// <param name="scale">HR pixels per LR pixel and direction.</param>
    /// <param name="name">Name of the model; empty for the worker's own choice, the first one of the scale.</param>
    public WorkerModel? Model(int scale, string name = "") =>
        Models.FirstOrDefault(model => model.Scale == scale && (name.Length == 0 || model.Name == name));

    /// <summary>What the worker accepts.</summary>
    public WorkerLimits Limits { get; }

    /// <summary>How busy the worker is.</summary>
    public WorkerLoad Load { get; }

    /// <summary>What <see cref="Precision.Auto"/> stands for.</summary>
    public Precision DefaultPrecision { get; }

    /// <summary>The operating system's number of the worker's process.</summary>
    public int ProcessId { get; }

    /// <summary>Time since the worker's process started.</summary>
    public TimeSpan Uptime { get; }

    /// <summary>Time without work after which the worker leaves; zero for never.</summary>
    public TimeSpan IdleTimeout { get; }
}
