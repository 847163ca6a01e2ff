using System.Collections.Concurrent;
using Koala.Network;
using Koala.Worker.Batching;
using Koala.Worker.Inference;

namespace Koala.Worker.Tests;

/// <summary>A device that repeats pixels instead of computing, and waits where a test wants it to.</summary>
internal sealed class FakeEngine : IInferenceEngine
{
    public const string Model = "fake-x4";
    public const int Scale = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TaskCompletionSource _unloaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Closed: Load waits.</summary>
    public ManualResetEventSlim Loading { get; } = new(true);

    /// <summary>Closed: Run waits.</summary>
    public ManualResetEventSlim Running { get; } = new(true);

    /// <summary>Released whenever Run begins.</summary>
    public SemaphoreSlim Entered { get; } = new(0);

    public ConcurrentQueue<(BatchKey Key, IReadOnlyList<TileWork> Tiles)> Batches { get; } = new();

    /// <summary>Completes when the device thread lets go of the engine.</summary>
    public Task Unloaded => _unloaded.Task;

    public BatchLimits Limits { get; init; } = new(1, int.MaxValue, TimeSpan.Zero);

    /// <summary>Why loading fails, if it does.</summary>
    public string? Problem { get; init; }

    /// <summary>Replaces the enlargement.</summary>
    public Func<BatchKey, IReadOnlyList<TileWork>, byte[]?[]> Compute { get; set; } =
        (key, tiles) => [.. tiles.Select(tile => (byte[]?)Enlarge(tile, key.Width))];

    /// <summary>What the next look at the models' folder finds, if anything.</summary>
    public ModelCatalog? Changed { get; set; }

    /// <summary>Ids that were to be kept at every look.</summary>
    public ConcurrentQueue<IReadOnlySet<string>> Kept { get; } = new();

    /// <summary>Computes where the device has too little memory.</summary>
    public FakeEngine? Processor { get; init; }

    public EngineProfile Load()
    {
        Assert.True(Loading.Wait(Patience));
        return Problem is null
            ? new EngineProfile("fake", Precision.Bf16, 64, Limits, new ModelCatalog([Description]))
            : throw new InvalidOperationException(Problem);
    }

    public TileAnswer?[] Run(BatchKey key, IReadOnlyList<TileWork> tiles)
    {
        Batches.Enqueue((key, tiles));
        Entered.Release();
        Assert.True(Running.Wait(Patience));
        return [.. Compute(key, tiles).Select(pixels => pixels is null ? null : new TileAnswer { Pixels = pixels })];
    }

    /// <summary>The one model.</summary>
    public static ModelDescription Description { get; } = new(Model, Scale, 8, 4, "repeats");

    public ModelDescription Describe(string id) => Description;

    public ModelCatalog? Reload() => Changed;

    public void Keep(IReadOnlySet<string> ids) => Kept.Enqueue(ids);

    public IInferenceEngine? OnProcessor() => Processor;

    public void Unload() => _unloaded.SetResult();

    /// <summary>The wanted region of a tile as wide as itself, every pixel scale × scale times.</summary>
    public static byte[] Enlarge(TileWork tile, int width = 0)
    {
        var bytes = PixelConversion.BytesPerPixel(tile.Format);
        var wanted = tile.Wanted;
        var pixels = tile.Pixels.Span;
        // Tiles of these tests are square unless their width is given.
        var side = width > 0 ? width : (int)Math.Sqrt(pixels.Length / bytes);
        var result = new byte[wanted.Width * wanted.Height * Scale * Scale * bytes];
        for (var y = 0; y < wanted.Height * Scale; y++)
        {
            for (var x = 0; x < wanted.Width * Scale; x++)
            {
                var source = ((wanted.Y + y / Scale) * side + wanted.X + x / Scale) * bytes;
                pixels.Slice(source, bytes).CopyTo(result.AsSpan((y * wanted.Width * Scale + x) * bytes));
            }
        }
        return result;
    }
}
