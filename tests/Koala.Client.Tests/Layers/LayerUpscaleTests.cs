using System.Runtime.InteropServices;
using Koala.Client.Tests.Fakes;

namespace Koala.Client.Tests.Layers;

public sealed class LayerUpscaleTests
{
    private static readonly SampleType[] Samples = Enum.GetValues<SampleType>();

    /// <summary>Enlarges values from 0 to 1 through a worker over gRPC.</summary>
    private static async Task<double[]> UpscaleAsync(double[] values, int width, LayerFormat format, Func<LayerJob, LayerJob>? change = null)
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        var height = values.Length / width / format.Channels;
        var source = Encode(values, format.Sample);
        byte[] result = [];
        var (read, written) = (0, 0);
        var rowBytes = width * format.PixelBytes;
        var job = new LayerJob
        {
            Width = width,
            Height = height,
            Format = format,
            Scale = 2,
            ReadRows = (y, count, rows, _) =>
            {
                Assert.Equal(read, y);
                source.AsMemory(y * rowBytes, count * rowBytes).CopyTo(rows);
                read += count;
                return ValueTask.CompletedTask;
            },
            WriteRows = (y, count, rows, _) =>
            {
                Assert.Equal(written, y);
                rows.CopyTo(result.AsMemory(y * (rows.Length / count)));
                written += count;
                return ValueTask.CompletedTask;
            },
        };
        job = change?.Invoke(job) ?? job;
        result = new byte[job.ResultWidth * job.ResultHeight * format.PixelBytes];
        await client.UpscaleLayerAsync(job);
        Assert.Equal((height, job.ResultHeight), (read, written));
        return Decode(result, format.Sample);
    }

    private static double[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => 0.2 + 0.6 * (i * 7919 % 101) / 101)];

    [Fact]
    public async Task Grey_IsWhatRgbOfThreeEqualChannelsGives()
    {
        var grey = Ramp(70 * 90);
        foreach (var sample in Samples)
        {
            var result = await UpscaleAsync(grey, 70, new LayerFormat(1, sample));
            var rgb = await UpscaleAsync([.. grey.SelectMany(v => new[] { v, v, v })], 70, new LayerFormat(3, sample));
            for (var i = 0; i < result.Length; i++)
                Assert.Equal(rgb[3 * i], result[i], sample == SampleType.U8 ? 0.5 / 255 : 1e-4);
        }
    }

    [Fact]
    public async Task OpaqueAlpha_StaysOpaqueAndLeavesTheColoursAsTheyAre()
    {
        var rgb = Ramp(3 * 70 * 90);
        foreach (var sample in Samples)
        {
            var expected = await UpscaleAsync(rgb, 70, new LayerFormat(3, sample));
            var result = await UpscaleAsync([.. rgb.Chunk(3).SelectMany(p => new[] { p[0], p[1], p[2], 1.0 })], 70, new LayerFormat(4, sample));
            for (var i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], result[i / 3 * 4 + i % 3], 1e-4);
            Assert.All(result.Where((_, i) => i % 4 == 3), alpha => Assert.Equal(1, alpha));
        }
    }

    [Fact]
    public async Task HiddenColours_DoNotShow()
    {
        // The left half is opaque grey, the right transparent with garbage; the network's reach is 2 pixels here.
        double[] Layer(Random random) => [.. Enumerable.Range(0, 60 * 40).SelectMany(i => i % 60 < 30
            ? [0.4, 0.4, 0.4, 1.0] : new[] { random.NextDouble(), random.NextDouble(), random.NextDouble(), 0.0 })];
        var first = await UpscaleAsync(Layer(new Random(1)), 60, new LayerFormat(4, SampleType.U16));
        var second = await UpscaleAsync(Layer(new Random(2)), 60, new LayerFormat(4, SampleType.U16));
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Strength_MixesWithBicubic()
    {
        var layer = Ramp(2 * 66 * 50);
        var format = new LayerFormat(2, SampleType.F32);
        var all = await UpscaleAsync(layer, 66, format);
        var none = await UpscaleAsync(layer, 66, format, job => job with { Strength = 0 });
        var quarter = await UpscaleAsync(layer, 66, format, job => job with { Strength = 0.25 });
        Assert.NotEqual(all, none);
        for (var i = 0; i < all.Length; i++)
            Assert.Equal(none[i] + 0.25 * (all[i] - none[i]), quarter[i], 1e-5);
    }

    [Fact]
    public async Task SameSize_IsTheMeanAndKeepsAlpha()
    {
        var layer = Ramp(4 * 66 * 50);
        var format = new LayerFormat(4, SampleType.F32);
        var enlarged = await UpscaleAsync(layer, 66, format);
        var result = await UpscaleAsync(layer, 66, format, job => job with { SameSize = true });
        var half = await UpscaleAsync(layer, 66, format, job => job with { SameSize = true, Strength = 0.5 });
        for (var y = 0; y < 50; y++)
            for (var x = 0; x < 66; x++)
            {
                var at = 4 * (66 * y + x);
                Assert.Equal((float)layer[at + 3], (float)result[at + 3]);
                for (var c = 0; c < 3; c++)
                {
                    double Hr(int dx, int dy) => enlarged[4 * (132 * (2 * y + dy) + 2 * x + dx) + c];
                    Assert.Equal((Hr(0, 0) + Hr(1, 0) + Hr(0, 1) + Hr(1, 1)) / 4, result[at + c], 1e-5);
                    Assert.Equal((layer[at + c] + result[at + c]) / 2, half[at + c], 1e-5);
                }
            }
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public async Task Strength_OutOfRange_Throws(double strength) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => UpscaleAsync([0.5], 1, new LayerFormat(1, SampleType.U8), job => job with { Strength = strength }));

    [Theory]
    [InlineData("Y u8", 1, SampleType.U8)]
    [InlineData("YA u16", 2, SampleType.U16)]
    [InlineData("RGB float", 3, SampleType.F32)]
    [InlineData("RGBA u8", 4, SampleType.U8)]
    public void Format_ParsesWhatItWrites(string text, int channels, SampleType sample)
    {
        Assert.Equal(new LayerFormat(channels, sample), LayerFormat.Parse(text));
        Assert.Equal(text, LayerFormat.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("RGB")]
    [InlineData("CMYK u8")]
    [InlineData("RGB u32")]
    [InlineData(" u8")]
    public void Format_OfSomethingElse_Throws(string text) => Assert.Throws<FormatException>(() => LayerFormat.Parse(text));

    [Fact]
    public async Task Halo_OfNoneAroundAPartWithItsSurroundings_GivesThePartOfTheWholeLayer()
    {
        var (values, grey) = (Ramp(100 * 60), new LayerFormat(1, SampleType.U16));
        var whole = await UpscaleAsync(values, 100, grey);
        // 40×40 pixels at (20, 8), of which 4 on each side are surroundings.
        var part = await UpscaleAsync([.. Enumerable.Range(0, 40 * 40).Select(i => values[(8 + i / 40) * 100 + 20 + i % 40])], 40, grey, job => job with { Halo = 0 });
        for (var y = 8; y < 72; y++)
            for (var x = 8; x < 72; x++)
                Assert.Equal(whole[(16 + y) * 200 + 40 + x], part[y * 80 + x], 1.0 / 65535);
    }

    private static byte[] Encode(double[] values, SampleType sample) => sample switch
    {
        SampleType.U8 => [.. values.Select(v => (byte)Math.Round(v * 255))],
        SampleType.U16 => MemoryMarshal.AsBytes(values.Select(v => (ushort)Math.Round(v * 65535)).ToArray().AsSpan()).ToArray(),
        _ => MemoryMarshal.AsBytes(values.Select(v => (float)v).ToArray().AsSpan()).ToArray(),
    };

    private static double[] Decode(byte[] bytes, SampleType sample) => sample switch
    {
        SampleType.U8 => [.. bytes.Select(b => b / 255.0)],
        SampleType.U16 => [.. MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(v => v / 65535.0)],
        _ => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(v => (double)v)],
    };
}
