using System.CommandLine;

namespace Koala.Worker.Service;

/// <summary>The options of the command line that say how much clients may ask for.</summary>
internal sealed class LimitArguments
{
    private readonly Option<int> _maxTileSide = Of(
        "--max-tile-side", "px", $"Longest side of a tile in pixels, halo included, at most {ServiceLimits.LargestTileSide}", limits => limits.MaxTileSide);

    private readonly Option<int?> _preferredTileSide = new("--preferred-tile-side")
    {
        Description = "Side of a tile in pixels that clients are told to use [default: 384 on a CPU, 512 on CUDA]",
        HelpName = "px",
    };

    private readonly Option<int> _maxTilesInFlight = Of(
        "--max-tiles-in-flight", "tiles", "Tiles of one stream that the worker holds; it reads on when one is answered", limits => limits.MaxTilesInFlight);

    private readonly Option<int> _maxStreams = Of("--max-streams", "count", "Streams that may be open at once", limits => limits.MaxStreams);

    private readonly Option<int> _maxStreamsPerClient = Of(
        "--max-streams-per-client", "count", "Streams of one address, or of all programs at the worker's own socket", limits => limits.MaxStreamsPerClient);

    private readonly Option<int?> _maxMemory = new("--max-memory")
    {
        Description = "Memory that a batch may take beside the weights; larger tiles are refused [default: half of what the worker may use]",
        HelpName = "MiB",
    };

    private readonly Option<int> _idleTimeout = Of(
        "--stream-idle-timeout", "seconds", "End a stream that brings and takes no message for so long while the worker has nothing of it to do", limits => limits.IdleSeconds);

    private readonly Option<int> _timeout = Of("--stream-timeout", "minutes", "End a stream that has been open for so long", limits => limits.StreamMinutes);

    public void AddTo(RootCommand root)
    {
        foreach (var option in (Option[])
            [_maxTileSide, _preferredTileSide, _maxTilesInFlight, _maxStreams, _maxStreamsPerClient, _maxMemory, _idleTimeout, _timeout])
            root.Options.Add(option);
    }

    public ServiceLimits Read(ParseResult parsed) => new()
    {
        MaxTileSide = parsed.GetValue(_maxTileSide),
        PreferredTileSide = parsed.GetValue(_preferredTileSide),
        MaxTilesInFlight = parsed.GetValue(_maxTilesInFlight),
        MaxStreams = parsed.GetValue(_maxStreams),
        MaxStreamsPerClient = parsed.GetValue(_maxStreamsPerClient),
        MaxMemoryMebibytes = parsed.GetValue(_maxMemory),
        IdleSeconds = parsed.GetValue(_idleTimeout),
        StreamMinutes = parsed.GetValue(_timeout),
    };

    private static Option<int> Of(string name, string unit, string description, Func<ServiceLimits, int> value) => new(name)
    {
        Description = description,
        HelpName = unit,
        DefaultValueFactory = _ => value(new ServiceLimits()),
    };
}
