using Google.Protobuf;
using Grpc.Core;
using Koala.Protocol.V1;
using Koala.Worker.Batching;
using Koala.Worker.Service;
using Microsoft.Extensions.DependencyInjection;

namespace Koala.Worker.Tests.Service;

/// <summary>The contract of the Upscale stream, over a real connection.</summary>
public sealed class UpscaleTests
{
    public static TheoryData<string, UpscaleRequest, string> WrongStarts => new()
    {
        { "tile first", new UpscaleRequest { Tile = new Tile() }, "first message" },
        { "empty", new UpscaleRequest(), "first message" },
        { "no scale", Start(s => s.Scale = 0), "scale: expected 2 or 4, got 0" },
        { "scale 3", Start(s => s.Scale = 3), "scale: expected 2 or 4, got 3" },
        { "no format", Start(s => s.PixelFormat = PixelFormat.Unspecified), "pixel_format" },
        { "unknown format", Start(s => s.PixelFormat = (PixelFormat)9), "got 9" },
        { "keep blur", Start(s => s.Options = new UpscaleOptions { KeepBlur = 1.5f }), "options.keep_blur: expected 0 to 1, got 1.5" },
        { "keep blur NaN", Start(s => s.Options = new UpscaleOptions { KeepBlur = float.NaN }), "options.keep_blur" },
        { "wide kernels", Start(s => s.Options = new UpscaleOptions { KernelScale = 3 }), "options.kernel_scale: expected 0.5 to 2, got 3" },
        { "no width", Start(s => s.Options = new UpscaleOptions { KernelScale = 0 }), "options.kernel_scale" },
        { "short kernel", Start(s => s.Options = new UpscaleOptions { Kernel = Kernel(399, 1) }), "expected 400 floats = 1600 bytes, got 1596" },
        { "dark kernel", Start(s => s.Options = new UpscaleOptions { Kernel = Kernel(400, 0.5f) }), "expected taps with the sum 1, got 0.5" },
        { "kernel NaN", Start(s => s.Options = new UpscaleOptions { Kernel = Kernel(400, float.NaN) }), "options.kernel" },
        { "many steps", Start(s => s.Options = new UpscaleOptions { Consistent = 21 }), "options.consistent: expected 0 to 20, got 21" },
        { "steered, no picture", Start(s => s.Options = new UpscaleOptions { BlurOnly = true, KeepBlur = 1 }), "options.blur_only" },
        { "smooth NaN", Start(s => s.Options = new UpscaleOptions { SmoothLevels = float.NaN }), "options.smooth_levels: expected 0 to 16, got NaN" },
        { "smooth, checked", Start(s => s.Options = new UpscaleOptions { SmoothLevels = 1, Check = true }), "options.smooth_levels: expected none" },
        { "unknown precision", Start(s => s.Options = new UpscaleOptions { Precision = (Precision)9 }), "options.precision" },
    };

    public static TheoryData<string, Tile, string> WrongTiles => new()
    {
        { "no side", new Tile { Width = 0, Height = 4 }, "expected sides of 1 to 512, got 0x4" },
        { "long side", new Tile { Width = 4, Height = 513 }, "got 4x513" },
        { "huge sides", new Tile { Width = uint.MaxValue, Height = uint.MaxValue }, "expected sides of 1 to 512" },
        { "short pixels", Sized(47), "expected 4x4x3 = 48 bytes, got 47" },
        { "long pixels", Sized(49), "expected 4x4x3 = 48 bytes, got 49" },
        { "empty region", Sized(48, new Region { Width = 0, Height = 1 }), "inside 4x4, got 0x1 at (0, 0)" },
        { "region outside", Sized(48, new Region { X = 3, Width = 2, Height = 1 }), "got 2x1 at (3, 0)" },
        { "kernel outside", Sized(48, kernelsAt: [new Point { X = 4, Y = 1 }]), "kernels_at: expected pixels inside 4x4, got (4, 1)" },
        { "many kernels", Sized(48, kernelsAt: [.. Enumerable.Repeat(new Point(), 4097)]), "kernels_at: expected at most 4096 pixels, got 4097" },
        { "mask for nothing", Sized(48, mask: 16), "keep_blur_mask: expected none where options.keep_blur is 0" },
        { "region overflows", Sized(48, new Region { X = uint.MaxValue, Width = 2, Height = 1 }), "inside 4x4" },
    };

    [Theory(Timeout = TestWorker.Timeout)]
    [MemberData(nameof(WrongStarts))]
    public async Task Start_Wrong_IsInvalidArgument(string name, UpscaleRequest first, string expected)
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        using var stream = new TestStream(worker.Client.Upscale());
        await stream.SendAsync(first);
        var problem = await Assert.ThrowsAsync<RpcException>(stream.ReadAsync);
        Assert.Equal((name, StatusCode.InvalidArgument), (name, problem.StatusCode));
        Assert.Contains(expected, problem.Status.Detail, StringComparison.Ordinal);
    }

    [Theory(Timeout = TestWorker.Timeout)]
    [InlineData(2, "", "no model for scale 2; this worker has: fake-x4 (x4)")]
    [InlineData(4, "other", "no model 'other' for scale 4; this worker has: fake-x4 (x4)")]
    [InlineData(2, FakeEngine.Model, "no model 'fake-x4' for scale 2; this worker has: fake-x4 (x4)")]
    public async Task Start_NoSuchModel_IsNotFound(uint scale, string model, string expected)
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        var start = new UpscaleStart { Scale = scale, Model = model, PixelFormat = PixelFormat.RgbU8 };
        var problem = await Assert.ThrowsAsync<RpcException>(() => TestStream.OpenAsync(worker.Client, start));
        Assert.Equal((StatusCode.NotFound, expected), (problem.StatusCode, problem.Status.Detail));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Start_NoMessageOrASecondOne_IsInvalidArgument()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        using var silent = new TestStream(worker.Client.Upscale());
        await silent.CompleteAsync();
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(silent.ReadAsync)).StatusCode);

        var (twice, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = twice;
        await twice.SendAsync(new UpscaleRequest { Start = TestStream.Start() });
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(twice.ReadAsync)).StatusCode);
    }

    [Theory(Timeout = TestWorker.Timeout)]
    [MemberData(nameof(WrongTiles))]
    public async Task Tile_Wrong_FailsAlone(string name, Tile wrong, string expected)
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stream;
        wrong.Id = 2;
        await stream.SendAsync(TestStream.Plain(1, 4, 10));
        await stream.SendAsync(wrong);
        await stream.SendAsync(TestStream.Plain(3, 4, 30));
        var results = await stream.FinishAsync();
        Assert.Equal((name, (int)StatusCode.InvalidArgument), (name, results[1].Error.Code));
        Assert.Contains(expected, results[1].Error.Message, StringComparison.Ordinal);
        Assert.All(results[0].Pixels, value => Assert.Equal(10, value));
        Assert.All(results[2].Pixels, value => Assert.Equal(30, value));
        var queue = (await worker.StatusAsync()).Queue;
        Assert.Equal((2ul, 1ul, 0u), (queue.FinishedTiles, queue.FailedTiles, queue.WaitingTiles));
    }

    [Theory(Timeout = TestWorker.Timeout)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public async Task Tile_FloatNotFinite_FailsAlone(float value)
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        var (stream, _) = await TestStream.OpenAsync(worker.Client, TestStream.Start(PixelFormat.RgbF32));
        using var __ = stream;
        var samples = new float[5 * 5 * 3];
        samples[^1] = value;
        await stream.SendAsync(new Tile { Width = 5, Height = 5, Pixels = ByteString.CopyFrom(Bytes(samples)) });
        var result = Assert.Single(await stream.FinishAsync());
        Assert.Equal((int)StatusCode.InvalidArgument, result.Error.Code);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Tile_WantedRegion_ComesBackAlone()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stream;
        var pixels = new byte[8 * 8 * 3];
        pixels.AsSpan((5 * 8 + 2) * 3, 3).Fill(200);
        await stream.SendAsync(new Tile
        {
            Width = 8,
            Height = 8,
            Pixels = ByteString.CopyFrom(pixels),
            Wanted = new Region { X = 2, Y = 5, Width = 1, Height = 1 },
        });
        var result = Assert.Single(await stream.FinishAsync());
        Assert.Null(result.Timing);
        Assert.Equal(Enumerable.Repeat((byte)200, 4 * 4 * 3), result.Pixels);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Tile_TimingAskedFor_ComesWithTheResult()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        var start = TestStream.Start();
        start.Options = new UpscaleOptions { Timing = true, Precision = Precision.Fp32 };
        var (stream, started) = await TestStream.OpenAsync(worker.Client, start);
        using var __ = stream;
        await stream.SendAsync(TestStream.Plain(1, 4, 1));
        var result = Assert.Single(await stream.FinishAsync());
        Assert.Equal(Precision.Fp32, started.Precision);
        Assert.Equal(1u, result.Timing.BatchSize);
        Assert.True(result.Timing.ComputeSeconds > 0);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Tile_OtherOptions_SharesNoBatch()
    {
        var engine = new FakeEngine { Limits = new BatchLimits(4, int.MaxValue, TimeSpan.Zero) };
        engine.Running.Reset();
        await using var worker = await TestWorker.StartAsync(engine);
        var steered = TestStream.Start();
        steered.Options = new UpscaleOptions { KeepBlur = 0.5f };
        var (plain, _) = await TestStream.OpenAsync(worker.Client);
        var (other, _) = await TestStream.OpenAsync(worker.Client, steered);
        using (plain)
        using (other)
        {
            await plain.SendAsync(TestStream.Plain(0, 4, 1));
            await engine.Entered.WaitAsync();
            for (var id = 1ul; id < 4; id++)
                await (id % 2 == 0 ? plain : other).SendAsync(TestStream.Plain(id, 4, 1));
            var kernels = TestStream.Plain(4, 4, 1);
            kernels.KernelsAt.Add(new Point { X = 3, Y = 3 });
            await plain.SendAsync(kernels);
            await worker.UntilAsync(s => s.Queue.WaitingTiles == 4);
            engine.Running.Set();
            Assert.Equal(3, (await plain.FinishAsync()).Length);
            Assert.Equal(2, (await other.FinishAsync()).Length);
        }
        Assert.All(engine.Batches, batch => Assert.All(batch.Tiles, tile => Assert.Equal(tile.KernelsAt.Count > 0, batch.Key.Options.Kernels)));
        Assert.Equal(2, engine.Batches.Where(batch => batch.Key.Options.KeepBlur == 0.5f).Sum(batch => batch.Tiles.Count));
        Assert.Equal(2, engine.Batches.Where(batch => batch.Key.Options == Koala.Network.InferenceOptions.Plain).Sum(batch => batch.Tiles.Count));
    }

    [Fact]
    public void Tile_KernelsWhereSmoothPartsAreLeftOut_AreRefused()
    {
        var rules = new Koala.Worker.Service.TileRules(PixelFormat.RgbU8, 512, new Koala.Network.InferenceOptions { SmoothLevels = 1 });
        var error = Assert.Throws<ArgumentException>(() => rules.Check(Sized(48, kernelsAt: [new Point()])));
        Assert.Contains("expected none where options.smooth_levels is above 0", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Message_LongerThanTheLimit_IsResourceExhausted()
    {
        var limits = new ServiceLimits { MaxTileSide = 16 };
        await using var worker = await TestWorker.StartAsync(new FakeEngine(), o => o with { Limits = limits });
        var status = await worker.StatusAsync();
        Assert.Equal(((ulong)limits.MaxMessageBytes, 16u), (status.Limits.MaxMessageBytes, status.Limits.MaxTileSide));
        var (stream, _) = await TestStream.OpenAsync(worker.Client, TestStream.Start(PixelFormat.RgbF32));
        using var __ = stream;
        var largest = new Tile { Id = ulong.MaxValue, Width = 16, Height = 16, Pixels = ByteString.CopyFrom(new byte[16 * 16 * 12]) };
        await stream.SendAsync(largest);
        Assert.NotNull(await stream.ReadAsync());
        await stream.SendAsync(new Tile { Pixels = ByteString.CopyFrom(new byte[limits.MaxMessageBytes]) });
        var problem = await Assert.ThrowsAsync<RpcException>(stream.ReadAsync);
        Assert.Equal(StatusCode.ResourceExhausted, problem.StatusCode);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Stream_ManyTiles_NoMoreThanTheLimitInFlight()
    {
        var engine = new FakeEngine();
        await using var worker = await TestWorker.StartAsync(
            engine, o => o with { Limits = new ServiceLimits { MaxTilesInFlight = 3 } });
        var queue = worker.Services.GetRequiredService<BatchQueue>();
        var waiting = new List<int>();
        engine.Compute = (_, tiles) =>
        {
            lock (waiting)
                waiting.Add(queue.Count);
            return [.. tiles.Select(tile => FakeEngine.Enlarge(tile))];
        };
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stream;
        for (var id = 0ul; id < 40; id++)
            await stream.SendAsync(TestStream.Plain(id, 4, (byte)id));
        Assert.Equal(40, (await stream.FinishAsync()).Length);
        Assert.All(waiting, count => Assert.InRange(count, 0, 2));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Stream_ClientLeaves_ItsWaitingTilesAreDropped()
    {
        var engine = new FakeEngine();
        engine.Running.Reset();
        await using var worker = await TestWorker.StartAsync(engine);
        using var channel = worker.Connect();
        var (leaver, _) = await TestStream.OpenAsync(new Upscaler.UpscalerClient(channel));
        for (var id = 0ul; id < 5; id++)
            await leaver.SendAsync(TestStream.Plain(id, 4, 99));
        await worker.UntilAsync(s => s.Queue.WaitingTiles == 4);

        // As if its process had been killed: the connection goes, without a word.
        channel.Dispose();
        await worker.UntilAsync(s => s.Queue is { WaitingTiles: 0, OpenStreams: 0 });
        engine.Running.Set();
        var (stayer, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stayer;
        await stayer.SendAsync(TestStream.Plain(1, 4, 5));
        Assert.Single(await stayer.FinishAsync());
        Assert.Equal(2, engine.Batches.Count);
        leaver.Dispose();
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Stream_EightClientsAtOnce_AreNeverMixedUp()
    {
        var engine = new FakeEngine { Limits = new BatchLimits(4, int.MaxValue, TimeSpan.Zero) };
        await using var worker = await TestWorker.StartAsync(engine);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            var (stream, _) = await TestStream.OpenAsync(new Upscaler.UpscalerClient(worker.Connect()));
            using var __ = stream;
            // All use the same ids, and two sizes.
            for (var id = 0; id < 30; id++)
                await stream.SendAsync(TestStream.Plain((ulong)id, id % 3 == 0 ? 6 : 4, (byte)(client * 30 + id)));
            var results = await stream.FinishAsync();
            Assert.Equal(30, results.Length);
            Assert.All(results, result =>
            {
                var side = result.Id % 3 == 0 ? 24 : 16;
                Assert.Equal(side * side * 3, result.Pixels.Length);
                Assert.All(result.Pixels, value => Assert.Equal((byte)(client * 30 + (int)result.Id), value));
            });
        }));
        Assert.All(engine.Batches, batch => Assert.InRange(batch.Tiles.Count, 1, 4));
    }

    internal static byte[] Bytes(float[] samples)
    {
        var bytes = new byte[samples.Length * sizeof(float)];
        Buffer.BlockCopy(samples, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    private static UpscaleRequest Start(Action<UpscaleStart> change)
    {
        var start = TestStream.Start();
        change(start);
        return new UpscaleRequest { Start = start };
    }

    /// <summary>A kernel with one tap.</summary>
    private static ByteString Kernel(int taps, float value)
    {
        var kernel = new float[taps];
        kernel[taps / 2] = value;
        return ByteString.CopyFrom(Bytes(kernel));
    }

    private static Tile Sized(int bytes, Region? wanted = null, IEnumerable<Point>? kernelsAt = null, int mask = 0) => new()
    {
        Width = 4,
        Height = 4,
        Pixels = ByteString.CopyFrom(new byte[bytes]),
        Wanted = wanted,
        KernelsAt = { kernelsAt ?? [] },
        KeepBlurMask = ByteString.CopyFrom(new byte[mask]),
    };
}
