using System.Runtime.InteropServices;
using Google.Protobuf;
using Koala.Network;
using Koala.Protocol.V1;
using Koala.Worker.Inference;
using static TorchSharp.torch;

namespace Koala.Worker.Tests.Inference;

/// <summary>The released network behind the worker: what it sends is what the network computes.</summary>
public sealed class NetworkTests
{
    private const int Width = 20;
    private const int Height = 14;

    [Theory(Timeout = TestWorker.Timeout)]
    [InlineData(PixelFormat.RgbU8)]
    [InlineData(PixelFormat.RgbU16)]
    [InlineData(PixelFormat.RgbF32)]
    public async Task Upscale_Tile_EqualsTheNetwork(PixelFormat format)
    {
        await using var worker = await TestWorker.StartAsync(engine: null);
        var start = TestStream.Start(format);
        start.Options = new UpscaleOptions { Precision = Protocol.V1.Precision.Fp32 };
        var (stream, started) = await TestStream.OpenAsync(worker.Client, start);
        using var _ = stream;
        Assert.Equal("koalanet-x4", started.Model.Name);
        var pixels = Picture(format, 1);
        await stream.SendAsync(new Tile
        {
            Width = Width,
            Height = Height,
            Pixels = ByteString.CopyFrom(pixels),
            Wanted = new Region { X = 3, Y = 2, Width = 11, Height = 9 },
        });
        var result = Assert.Single(await stream.FinishAsync());
        Assert.Null(result.Error);
        using var model = LoadModel();
        AssertClose(Expected(model, pixels, format, (3, 2, 11, 9)), result.Pixels.Span, format, levels: 0);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Upscale_EightClientsAtOnce_GetTheirOwnImages()
    {
        await using var worker = await TestWorker.StartAsync(engine: null);
        using var model = LoadModel();
        var pictures = Enumerable.Range(0, 8).Select(n => Picture(PixelFormat.RgbU8, n)).ToArray();
        var expected = pictures.Select(p => Expected(model, p, PixelFormat.RgbU8, (0, 0, Width, Height))).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            var start = TestStream.Start();
            start.Options = new UpscaleOptions { Precision = Protocol.V1.Precision.Fp32 };
            var (stream, _) = await TestStream.OpenAsync(new Upscaler.UpscalerClient(worker.Connect()), start);
            using var __ = stream;
            for (var id = 0ul; id < 3; id++)
                await stream.SendAsync(new Tile { Id = id, Width = Width, Height = Height, Pixels = ByteString.CopyFrom(pictures[client]) });
            var results = await stream.FinishAsync();
            Assert.Equal(3, results.Length);
            // Sums of a batch may be taken in another order.
            Assert.All(results, result => AssertClose(expected[client], result.Pixels.Span, PixelFormat.RgbU8, levels: 1));
        }));
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Upscale_BlurAndCheckAskedFor_ComeOfTheWantedRegion()
    {
        await using var worker = await TestWorker.StartAsync(engine: null);
        var start = TestStream.Start(PixelFormat.RgbF32);
        start.Options = new UpscaleOptions
        {
            Precision = Protocol.V1.Precision.Fp32,
            BlurMap = true,
            MeanKernel = true,
            Check = true,
            KeepBlur = 0.5f,
            KernelScale = 0.9f,
            Consistent = 1,
        };
        var (stream, started) = await TestStream.OpenAsync(worker.Client, start);
        using var _ = stream;
        Assert.True(started.Model.EstimatesBlur);
        var pixels = Picture(PixelFormat.RgbF32, 1);
        await stream.SendAsync(new Tile
        {
            Width = Width,
            Height = Height,
            Pixels = ByteString.CopyFrom(pixels),
            Wanted = new Region { X = 3, Y = 2, Width = 11, Height = 9 },
            KernelsAt = { new Point { X = 3, Y = 2 }, new Point { X = 19, Y = 13 } },
        });
        var result = Assert.Single(await stream.FinishAsync());
        Assert.Null(result.Error);

        using var model = LoadModel();
        using var scope = NewDisposeScope();
        var values = new float[Width * Height * 3];
        PixelConversion.Decode(pixels, PixelFormat.RgbF32, values);
        var lr = tensor(values).reshape(1, Height, Width, 3).permute(0, 3, 1, 2);
        using var expected = model.Infer(lr, Koala.Network.Precision.Fp32, new InferenceOptions
        {
            Covariances = true,
            Kernels = true,
            Rebuilt = true,
            KeepBlur = 0.5f,
            KernelScale = 0.9f,
            Consistent = 1,
        });
        Assert.Equal(Floats(Wanted(expected.Hr!, 4) * 0.5 + 0.5), Floats(result.Pixels), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(Floats(Wanted(expected.Covariances!, 1)), Floats(result.Blur.Covariances), (a, b) => Math.Abs(a - b) < 1e-4);
        var rebuilt = Wanted(expected.Rebuilt!, 1);
        Assert.Equal(Floats(rebuilt * 0.5 + 0.5), Floats(result.Check.Rebuilt), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal((rebuilt - Wanted(lr, 1)).square().mean().item<float>() / 4, result.Check.MeanSquaredError, 1e-6);
        var mean = expected.Kernels!.narrow(2, 2, 9).narrow(3, 3, 11).mean([0, 2, 3]);
        Assert.Equal(Floats(mean), Floats(result.Blur.MeanKernel), (a, b) => Math.Abs(a - b) < 1e-6);
        var two = Floats(expected.Kernels![0].select(2, 3).select(1, 2)).Concat(Floats(expected.Kernels[0].select(2, 19).select(1, 13)));
        Assert.Equal(two, Floats(result.Blur.Kernels), (a, b) => Math.Abs(a - b) < 1e-6);

        static Tensor Wanted(Tensor t, int scale) =>
            t[0].narrow(1, scale * 2, scale * 9).narrow(2, scale * 3, scale * 11).permute(1, 2, 0);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Upscale_Mask_SaysWhereBlurIsKept()
    {
        await using var worker = await TestWorker.StartAsync(engine: null);
        var start = TestStream.Start(PixelFormat.RgbF32);
        start.Options = new UpscaleOptions { Precision = Protocol.V1.Precision.Fp32, KeepBlur = 1 };
        var (stream, _) = await TestStream.OpenAsync(worker.Client, start);
        using var __ = stream;
        var pixels = Picture(PixelFormat.RgbF32, 1);
        // The left half keeps its blur; the second tile's mask is too short.
        var mask = Enumerable.Range(0, Width * Height).Select(i => i % Width < Width / 2 ? byte.MaxValue : (byte)0).ToArray();
        foreach (var (id, bytes) in new[] { (1ul, mask), (2ul, mask[1..]) })
            await stream.SendAsync(new Tile { Id = id, Width = Width, Height = Height, Pixels = ByteString.CopyFrom(pixels), KeepBlurMask = ByteString.CopyFrom(bytes) });
        var results = await stream.FinishAsync();
        Assert.Contains("keep_blur_mask: expected 20x14 bytes, got 279", results[1].Error.Message, StringComparison.Ordinal);

        using var model = LoadModel();
        using var scope = NewDisposeScope();
        var values = new float[Width * Height * 3];
        PixelConversion.Decode(pixels, PixelFormat.RgbF32, values);
        var lr = tensor(values).reshape(1, Height, Width, 3).permute(0, 3, 1, 2);
        var (network, bicubic) = (model.Upscale(lr, Koala.Network.Precision.Fp32), Bicubic.Enlarge(lr, 4));
        var hr = tensor(Floats(results[0].Pixels)).view(1, 4 * Height, 4 * Width, 3).permute(0, 3, 1, 2) * 2 - 1;
        // The worker does not know what comes below the tile: a halo keeps that from what is wanted.
        Assert.True(allclose(Part(bicubic, 0), Part(hr, 0), atol: 1e-4));
        Assert.True(allclose(Part(network, 48), Part(hr, 48), atol: 1e-4));

        static Tensor Part(Tensor t, long x) => t.narrow(2, 0, 48).narrow(3, x, 32);
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Upscale_BlurOnly_HasNoPixels()
    {
        await using var worker = await TestWorker.StartAsync(engine: null);
        var start = TestStream.Start();
        start.Options = new UpscaleOptions { BlurMap = true, BlurOnly = true };
        var (stream, _) = await TestStream.OpenAsync(worker.Client, start);
        using var __ = stream;
        await stream.SendAsync(TestStream.Plain(1, 10, 90));
        var result = Assert.Single(await stream.FinishAsync());
        Assert.Equal((TileResult.OutcomeOneofCase.Pixels, 0), (result.OutcomeCase, result.Pixels.Length));
        Assert.Equal(10 * 10 * 3, Floats(result.Blur.Covariances).Length);
        Assert.Null(result.Check);
    }

    private static float[] Floats(ByteString bytes) => MemoryMarshal.Cast<byte, float>(bytes.Span).ToArray();

    private static float[] Floats(Tensor values) => values.to_type(ScalarType.Float32).contiguous().data<float>().ToArray();

    private static InferenceModel LoadModel() =>
        InferenceModel.Load(Path.Combine(new EngineOptions().Models, "koalanet-x4.safetensors"), InferenceDevice.Parse("cpu"));

    private static byte[] Picture(PixelFormat format, int seed)
    {
        var random = new Random(seed);
        var values = new float[Width * Height * 3];
        for (var i = 0; i < values.Length; i++)
            values[i] = MathF.Sin(i * 0.05f * (seed + 1)) * 0.8f + (float)random.NextDouble() * 0.1f;
        var pixels = new byte[Width * Height * PixelConversion.BytesPerPixel(format)];
        Assert.True(PixelConversion.Encode(values, format, pixels));
        return pixels;
    }

    /// <summary>Pixels through the network without the worker, region by indices.</summary>
    private static double[] Expected(
        InferenceModel model, byte[] pixels, PixelFormat format, (int X, int Y, int Width, int Height) wanted)
    {
        var values = new float[Width * Height * 3];
        PixelConversion.Decode(pixels, format, values);
        using var scope = NewDisposeScope();
        using var hr = model.Upscale(tensor(values).reshape(1, Height, Width, 3).permute(0, 3, 1, 2), Koala.Network.Precision.Fp32);
        var all = hr[0].permute(1, 2, 0).contiguous().data<float>().ToArray();
        return [.. from y in Enumerable.Range(wanted.Y * 4, wanted.Height * 4)
                   from x in Enumerable.Range(wanted.X * 4, wanted.Width * 4)
                   from c in Enumerable.Range(0, 3)
                   select (all[(y * Width * 4 + x) * 3 + c] + 1.0) / 2];
    }

    private static void AssertClose(double[] expected, ReadOnlySpan<byte> pixels, PixelFormat format, int levels)
    {
        var max = format switch { PixelFormat.RgbU8 => 255.0, PixelFormat.RgbU16 => 65535.0, _ => 1.0 };
        Assert.Equal(expected.Length * PixelConversion.BytesPerPixel(format) / 3, pixels.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var (actual, exact) = format switch
            {
                PixelFormat.RgbU8 => (pixels[i], Math.Clamp(expected[i], 0, 1) * max),
                PixelFormat.RgbU16 => (MemoryMarshal.Cast<byte, ushort>(pixels)[i], Math.Clamp(expected[i], 0, 1) * max),
                _ => (MemoryMarshal.Cast<byte, float>(pixels)[i], expected[i]),
            };
            var tolerance = format == PixelFormat.RgbF32 ? 1e-5 : 0.55 + levels;
            Assert.InRange(actual, exact - tolerance, exact + tolerance);
        }
    }
}
