using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Koala.Protocol.V1;
using Koala.TestFiles;
using Koala.Worker.Inference;
using Koala.Worker.Service;

namespace Koala.Worker.Tests.Service;

/// <summary>Damaged messages: refused in words, and the worker goes on.</summary>
public sealed class MutationTests
{
    private const int Messages = 60_000;
    private const int Streams = 1_000;

    // The same service with messages of plain bytes.
    private static readonly Method<byte[], byte[]> Upscale = new(
        MethodType.DuplexStreaming, "koala.v1.Upscaler", "Upscale",
        Marshallers.Create(bytes => bytes, bytes => bytes), Marshallers.Create(bytes => bytes, bytes => bytes));

    private static readonly uint[] Numbers = [0, 1, 2, 3, 4, 5, 511, 513, 65536, int.MaxValue, 1u << 31, uint.MaxValue];

    private static readonly StatusCode[] Expected =
        [StatusCode.OK, StatusCode.InvalidArgument, StatusCode.NotFound, StatusCode.ResourceExhausted];

    private static readonly byte[] Start = new UpscaleRequest
    {
        Start = new UpscaleStart
        {
            Scale = 4,
            Model = FakeEngine.Model,
            PixelFormat = PixelFormat.RgbU8,
            Options = new UpscaleOptions { Precision = Protocol.V1.Precision.Fp32, Timing = true, Priority = Priority.Batch },
        },
    }.ToByteArray();

    private static readonly byte[] Good = new UpscaleRequest { Tile = Tile() }.ToByteArray();

    [Theory]
    [InlineData(PixelFormat.RgbU8)]
    [InlineData(PixelFormat.RgbU16)]
    [InlineData(PixelFormat.RgbF32)]
    public void Check_DamagedTiles_AreTakenOrRefusedInWords(PixelFormat format)
    {
        var tile = Tile();
        tile.Pixels = ByteString.CopyFrom(new byte[16 * PixelConversion.BytesPerPixel(format)]);
        var whole = new UpscaleRequest { Tile = tile }.ToByteArray();
        var rules = new TileRules(format, 512, Network.InferenceOptions.Plain) { Memory = new MemoryLimit(new ServiceLimits(), 1 << 30) };
        var mutations = new Mutations(seed: (int)format);
        var random = new Random(7);
        var (taken, refused, unreadable) = (0, 0, 0);
        for (var i = 0; i < Messages / 3; i++)
        {
            try
            {
                // Half of them as bytes, which mostly cannot be read at all, half of them field by field.
                var damaged = i % 2 == 0 ? UpscaleRequest.Parser.ParseFrom(mutations.Of(whole)).Tile : DamagedFields(tile, mutations, random);
                if (damaged is null)
                    continue;
                var work = rules.Check(damaged);
                Assert.Equal(damaged.Width * damaged.Height * PixelConversion.BytesPerPixel(format), work.Pixels.Length);
                Assert.True(work.Wanted.X + work.Wanted.Width <= damaged.Width && work.Wanted.Y + work.Wanted.Height <= damaged.Height);
                taken++;
            }
            catch (InvalidProtocolBufferException)
            {
                unreadable++;
            }
            catch (ArgumentException e)
            {
                Assert.Contains("expected", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        Assert.True(taken > 100 && refused > 1000 && unreadable > 1000, $"{taken} taken, {refused} refused, {unreadable} unreadable");
    }

    [Fact(Timeout = 300_000)]
    public async Task Stream_OfDamagedMessages_EndsInWordsAndTheWorkerGoesOn()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        var channel = worker.Connect();
        var mutations = new Mutations(seed: 7);
        var seen = new HashSet<StatusCode>();
        for (var n = 0; n < Streams; n++)
            seen.Add(await SpeakAsync(channel, n % 4 == 0 ? [mutations.Of(Start), Good] : [Start, Good, mutations.Of(Good), mutations.Of(Good), Good]));
        Assert.Subset(Expected.ToHashSet(), seen);
        Assert.True(seen.IsSupersetOf([StatusCode.OK, StatusCode.InvalidArgument]));

        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using var __ = stream;
        await stream.SendAsync(TestStream.Plain(1, 4, 9));
        Assert.All(Assert.Single(await stream.FinishAsync()).Pixels, value => Assert.Equal(9, value));
        await worker.UntilAsync(status => status.Queue is { OpenStreams: 1 or 0, WaitingTiles: 0 });
    }

    private static async Task<StatusCode> SpeakAsync(GrpcChannel channel, byte[][] messages)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(Upscale, null, new CallOptions(cancellationToken: limit.Token));
        try
        {
            foreach (var message in messages)
                await call.RequestStream.WriteAsync(message);
            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // The status says why.
        }
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
                Assert.NotEmpty(call.ResponseStream.Current);
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private static Tile DamagedFields(Tile tile, Mutations mutations, Random random)
    {
        var damaged = tile.Clone();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var number = Numbers[random.Next(Numbers.Length)];
            switch (random.Next(9))
            {
                case 0: damaged.Width = number; break;
                case 1: damaged.Height = number; break;
                case 2: damaged.Pixels = ByteString.CopyFrom(mutations.Of(damaged.Pixels.ToByteArray())); break;
                case 3: damaged.Wanted.X = number; break;
                case 4: damaged.Wanted.Y = number; break;
                case 5: damaged.Wanted.Width = number; break;
                case 6: damaged.Wanted.Height = number; break;
                case 7: damaged.KernelsAt.Add(new Point { X = number, Y = Numbers[random.Next(Numbers.Length)] }); break;
                default: damaged.KeepBlurMask = ByteString.CopyFrom(new byte[number % 32]); break;
            }
        }
        return damaged;
    }

    private static Tile Tile() => new()
    {
        Id = 5,
        Width = 4,
        Height = 4,
        Pixels = ByteString.CopyFrom(new byte[48]),
        Wanted = new Region { X = 1, Y = 1, Width = 2, Height = 2 },
    };
}
