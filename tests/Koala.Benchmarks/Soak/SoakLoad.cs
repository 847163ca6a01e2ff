using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Koala.Client;
using Wire = Koala.Protocol.V1;

namespace Koala.Benchmarks.Soak;

/// <summary>
/// What a worker gets to do in weeks, mixed: pictures of all sizes and formats, jobs that are cancelled, clients that vanish or are killed,
/// and input that is wrong. What does not end as it should is noted.
/// </summary>
/// <param name="address">The worker, at a port.</param>
/// <param name="clientProgram">koala-client, to be killed.</param>
/// <param name="photo">A photograph for it.</param>
/// <param name="seed">For all that is left to chance.</param>
internal sealed class SoakLoad(WorkerAddress address, string clientProgram, string photo, int seed) : IAsyncDisposable
{
    private const int AtOnce = 3;

    private readonly Random _random = new(seed);
    private readonly KoalaClient _client = new(address) { Recovery = WorkerRecovery.None };
    private byte[]? _first;

    /// <summary>How often each thing was done.</summary>
    public ConcurrentDictionary<string, int> Done { get; } = new();

    /// <summary>What went wrong.</summary>
    public ConcurrentQueue<string> Errors { get; } = new();

    /// <summary>Does some of everything, three things at a time, each once and pictures more often.</summary>
    public async Task RoundAsync()
    {
        (string Name, Func<Random, Task> Action)[] actions =
        [
            ("picture", PictureAsync), ("picture", PictureAsync), ("same picture", SamePictureAsync), ("blur", BlurAsync), ("cancelled", CancelledAsync),
            ("vanished", VanishedAsync), ("killed", KilledAsync), ("bad bytes", BadBytesAsync), ("bad start", BadStartAsync), ("bad tile", BadTileAsync),
        ];
        _random.Shuffle(actions);
        var seeds = actions.Select(action => (action.Name, action.Action, Seed: _random.Next())).ToArray();
        await Parallel.ForEachAsync(seeds, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (each, _) =>
        {
            try
            {
                await each.Action(new Random(each.Seed));
                Done.AddOrUpdate(each.Name, 1, (_, count) => count + 1);
            }
#pragma warning disable CA1031 // Whatever it is, it was not meant.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Errors.Enqueue($"{each.Name}: {exception.GetType().Name}: {exception.Message}");
            }
        });
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task PictureAsync(Random random)
    {
        var format = (PixelFormat)random.Next(1, 4);
        var result = await UpscaleAsync(_client, random, Job(random, random.Next(8, 81), random.Next(8, 81)) with { PixelFormat = format, Scale = 2 * random.Next(1, 3) });
        if (format == PixelFormat.RgbF32 && MemoryMarshal.Cast<byte, float>(result).IndexOfAnyExceptInRange(-1f, 2f) >= 0)
            throw new InvalidDataException("a sample is out of range");
    }

    /// <summary>Always the same one, which has always the same result but for rounding.</summary>
    private async Task SamePictureAsync(Random random)
    {
        var result = await UpscaleAsync(_client, new Random(1), Job(random, 70, 50));
        var first = Interlocked.CompareExchange(ref _first, result, null) ?? result;
        if (result.Zip(first).Any(pair => Math.Abs(pair.First - pair.Second) > 1))
            throw new InvalidDataException("the result is not that of the first time");
    }

    private async Task BlurAsync(Random random)
    {
        var pixels = Pixels(random, PixelFormat.RgbU8, 40, 40);
        await _client.EstimateBlurAsync(new BlurJob
        {
            Width = 40,
            Height = 40,
            PixelFormat = PixelFormat.RgbU8,
            ReadRows = (y, count, rows, _) => { pixels.AsMemory(120 * y, 120 * count).CopyTo(rows); return ValueTask.CompletedTask; },
        });
    }

    private async Task CancelledAsync(Random random)
    {
        using var cancel = new CancellationTokenSource(random.Next(1, 300));
        try
        {
            await UpscaleAsync(_client, random, Job(random, 200, 200), cancel.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>A client whose connection ends in the middle.</summary>
    private async Task VanishedAsync(Random random)
    {
        await using var client = new KoalaClient(address) { Recovery = WorkerRecovery.None };
        var job = UpscaleAsync(client, random, Job(random, 200, 200));
        await Task.Delay(random.Next(1, 300));
        await client.DisposeAsync();
        try
        {
            await job;
        }
        catch (Exception exception) when (exception is KoalaException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }

    private async Task KilledAsync(Random random)
    {
        var output = Path.Combine(Path.GetTempPath(), $"koala-soak-{Guid.NewGuid():N}");
        Directory.CreateDirectory(output);
        try
        {
            using var client = Process.Start(new ProcessStartInfo(
                clientProgram, ["upscale", photo, "-o", Path.Combine(output, "out.png"), "--tile", "64", "--halo", "8", "--worker", address.ToString()])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
            await Task.Delay(random.Next(200, 1500));
            client.Kill();
            await client.WaitForExitAsync();
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private async Task BadBytesAsync(Random random)
    {
        var bytes = new byte[random.Next(1, 4000)];
        random.NextBytes(bytes);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var uri = new Uri(address.Target);
        await socket.ConnectAsync(uri.Host, uri.Port);
        // As a client of the protocol first, at times.
        if (random.Next(2) == 0)
            await socket.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await socket.SendAsync(bytes);
        using var patience = new CancellationTokenSource(500);
        try
        {
            while (await socket.ReceiveAsync(new byte[1000], patience.Token) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
        }
    }

    private async Task BadStartAsync(Random random)
    {
        Wire.UpscaleStart[] starts =
        [
            new() { Scale = 3, PixelFormat = Wire.PixelFormat.RgbU8 }, new() { Scale = 4 }, new() { Scale = 4, Model = "../../etc/passwd", PixelFormat = Wire.PixelFormat.RgbU8 },
            new() { Scale = 4, PixelFormat = Wire.PixelFormat.RgbU8, Options = new() { KeepBlur = float.NaN } },
        ];
        using var channel = GrpcChannel.ForAddress(address.Target);
        using var call = new Wire.Upscaler.UpscalerClient(channel).Upscale();
        await call.RequestStream.WriteAsync(new() { Start = starts[random.Next(starts.Length)] });
        try
        {
            await call.ResponseStream.MoveNext();
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.InvalidArgument or StatusCode.NotFound)
        {
            return;
        }
        throw new InvalidDataException("a wrong start was accepted");
    }

    /// <summary>Wrong tiles among right ones, which do not suffer from them.</summary>
    private async Task BadTileAsync(Random random)
    {
        using var channel = GrpcChannel.ForAddress(address.Target);
        using var call = new Wire.Upscaler.UpscalerClient(channel).Upscale();
        await call.RequestStream.WriteAsync(new() { Start = new() { Scale = 4, PixelFormat = Wire.PixelFormat.RgbF32 } });
        var noNumber = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>([.. Enumerable.Repeat(float.NaN, 3 * 16)]));
        Wire.Tile[] wrong =
        [
            new() { Width = 4, Height = 4, Pixels = ByteString.CopyFrom(new byte[random.Next(150)]) }, new() { Width = 4, Height = 4, Pixels = noNumber },
            new() { Width = 100_000, Height = 100_000 }, new() { Width = 4, Height = 4, Pixels = ByteString.CopyFrom(new byte[192]), Wanted = new() { X = 3, Width = 2, Height = 1 } },
        ];
        for (var id = 0UL; id < (ulong)wrong.Length; id++)
        {
            wrong[id].Id = id;
            await call.RequestStream.WriteAsync(new() { Tile = wrong[id] });
        }
        await call.RequestStream.WriteAsync(new() { Tile = new() { Id = 99, Width = 16, Height = 16, Pixels = ByteString.CopyFrom(new byte[12 * 256]) } });
        await call.RequestStream.CompleteAsync();
        var (refused, right) = (0, 0);
        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            refused += answer.Tile?.Error?.Code == (int)StatusCode.InvalidArgument && answer.Tile.Id < 99 ? 1 : 0;
            right += answer.Tile?.Id == 99 && answer.Tile.Pixels.Length == 16 * 12 * 256 ? 1 : 0;
        }
        if ((refused, right) != (wrong.Length, 1))
            throw new InvalidDataException($"{refused} of {wrong.Length} wrong tiles were refused, and {right} right one was answered");
    }

    private static UpscaleJob Job(Random random, int width, int height) => new()
    {
        Width = width,
        Height = height,
        PixelFormat = PixelFormat.RgbU8,
        TileSide = 64,
        Halo = 8,
        Priority = (JobPriority)random.Next(1, 3),
        ReadRows = (_, _, _, _) => ValueTask.CompletedTask,
        WriteRows = (_, _, _, _) => ValueTask.CompletedTask,
    };

    private static async Task<byte[]> UpscaleAsync(KoalaClient client, Random random, UpscaleJob job, CancellationToken cancellationToken = default)
    {
        var pixels = Pixels(random, job.PixelFormat, job.Width, job.Height);
        var (row, written) = (job.Width * job.PixelFormat.BytesPerPixel(), 0);
        var result = new byte[pixels.Length * job.Scale * job.Scale];
        await client.UpscaleAsync(
            job with
            {
                ReadRows = (y, count, rows, _) =>
                {
                    pixels.AsMemory(row * y, row * count).CopyTo(rows);
                    return ValueTask.CompletedTask;
                },
                WriteRows = (_, _, rows, _) =>
                {
                    rows.CopyTo(result.AsMemory(written));
                    written += rows.Length;
                    return ValueTask.CompletedTask;
                },
            },
            cancellationToken: cancellationToken);
        return written == result.Length ? result : throw new InvalidDataException($"{written} instead of {result.Length} bytes");
    }

    private static byte[] Pixels(Random random, PixelFormat format, int width, int height)
    {
        var pixels = new byte[width * height * format.BytesPerPixel()];
        if (format == PixelFormat.RgbF32)
            foreach (ref var sample in MemoryMarshal.Cast<byte, float>(pixels.AsSpan()))
                sample = random.NextSingle();
        else
            random.NextBytes(pixels);
        return pixels;
    }
}
