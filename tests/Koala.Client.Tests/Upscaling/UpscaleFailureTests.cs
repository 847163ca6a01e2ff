using Koala.Client.Tests.Fakes;
using Wire = Koala.Protocol.V1;

namespace Koala.Client.Tests.Upscaling;

public class UpscaleFailureTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Upscale_Cancelled_EndsTheCallAtTheWorker()
    {
        using var cancel = new CancellationTokenSource();
        var worker = new FakeWorker
        {
            BeforeAnswer = async (_, stop) =>
            {
                await cancel.CancelAsync();
                await Task.Delay(Timeout.Infinite, stop);
            },
        };
        await using var server = await FakeServer.StartAsync(worker);
        await using var client = new KoalaClient(server.Address);

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => client.UpscaleAsync(new TestImage(300, 300).Job, null, cancel.Token).WaitAsync(Patience));

        Assert.Equal(cancel.Token, exception.CancellationToken);
        await worker.Cancelled.WaitAsync(Patience);
    }

    [Fact]
    public async Task Upscale_WorkerKilledMidwayAndNoRecovery_IsTransient()
    {
        FakeServer? server = null;
        var worker = new FakeWorker
        {
            BeforeAnswer = (id, _) =>
            {
                if (id == 20)
                    server!.Kill();
                return Task.CompletedTask;
            },
        };
        await using var started = server = await FakeServer.StartAsync(worker);
        await using var client = new KoalaClient(server.Address) { Recovery = WorkerRecovery.None };

        var exception = await FailAsync(client, new TestImage(300, 300).Job);

        Assert.Equal((KoalaErrorKind.WorkerUnavailable, true), (exception.Kind, exception.IsTransient));
        Assert.Contains("lost in the middle of the work", exception.Message, StringComparison.Ordinal);

        // The client connects again by itself.
        var image = new TestImage(20, 20);
        await client.UpscaleAsync(image.Job);
        image.AssertEnlarged();
    }

    [Theory]
    [InlineData(3, KoalaErrorKind.InvalidInput, false)]
    [InlineData(8, KoalaErrorKind.ResourceExhausted, true)]
    [InlineData(13, KoalaErrorKind.TileFailed, false)]
    public async Task Upscale_TileError_EndsTheJobAndSaysWhere(int code, KoalaErrorKind kind, bool isTransient)
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker
        {
            Answer = result => result.Id == 3
                ? new Wire.TileResult { Id = 3, Error = new Wire.TileError { Code = code, Message = "it was\nbad." } }
                : result,
        });
        await using var client = new KoalaClient(server.Address);

        var exception = await FailAsync(client, new TestImage(300, 300).Job);

        Assert.Equal((kind, isTransient), (exception.Kind, exception.IsTransient));
        Assert.Contains("failed (it was bad);", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upscale_AnswersThatBreakTheContract_Fail()
    {
        Func<Wire.TileResult, Wire.TileResult>[] faults =
        [
            result => new() { Id = 9999, Pixels = result.Pixels },
            result => new() { Id = 0, Pixels = result.Pixels },
            result => new() { Id = result.Id, Pixels = Google.Protobuf.ByteString.CopyFrom(1, 2, 3) },
        ];
        foreach (var fault in faults)
        {
            await using var server = await FakeServer.StartAsync(new FakeWorker { Answer = fault });
            await using var client = new KoalaClient(server.Address);

            Assert.Equal(KoalaErrorKind.ProtocolError, (await FailAsync(client, new TestImage(300, 300).Job)).Kind);
        }
    }

    [Fact]
    public async Task Upscale_OfWhatTheWorkerCannot_SaysSo()
    {
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        var job = new TestImage(30, 30).Job;

        Assert.Equal(KoalaErrorKind.ModelNotFound, (await FailAsync(client, job with { Scale = 3 })).Kind);
        Assert.Equal(KoalaErrorKind.ModelNotFound, (await FailAsync(client, job with { Model = "none" })).Kind);
        Assert.Equal(KoalaErrorKind.InvalidInput, (await FailAsync(client, job with { TileSide = 1000 })).Kind);
        Assert.Equal(KoalaErrorKind.InvalidInput, (await FailAsync(client, job with { Halo = 500 })).Kind);
    }

    [Fact]
    public async Task Upscale_OfAnImpossibleJob_Throws()
    {
        await using var client = new KoalaClient(WorkerAddress.Parse("http://127.0.0.1:1"));
        var job = new TestImage(30, 30).Job;

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.UpscaleAsync(job with { Width = 0 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.UpscaleAsync(job with { Height = 0 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.UpscaleAsync(job with { Scale = 0 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.UpscaleAsync(job with { PixelFormat = 0 }));
    }

    [Fact]
    public async Task Upscale_CallbackThatFails_ThrowsWhatItThrew()
    {
        var worker = new FakeWorker();
        await using var server = await FakeServer.StartAsync(worker);
        await using var client = new KoalaClient(server.Address);
        var job = new TestImage(300, 300).Job;

        await Assert.ThrowsAsync<EndOfStreamException>(() => client.UpscaleAsync(
            job with { ReadRows = (_, _, _, _) => throw new EndOfStreamException() }).WaitAsync(Patience));
        await Assert.ThrowsAsync<InvalidDataException>(() => client.UpscaleAsync(
            job with { WriteRows = (_, _, _, _) => throw new InvalidDataException() }).WaitAsync(Patience));

        await worker.Cancelled.WaitAsync(Patience);
    }

    [Fact]
    public async Task Upscale_WorkerWithoutModels_SaysWhy()
    {
        await using var server = await FakeServer.StartAsync(
            new FakeWorker { State = Wire.GetStatusResponse.Types.State.Failed });
        await using var client = new KoalaClient(server.Address);

        var exception = await FailAsync(client, new TestImage(30, 30).Job);

        Assert.Contains("weights are damaged", exception.Message, StringComparison.Ordinal);
    }

    private static async Task<KoalaException> FailAsync(KoalaClient client, UpscaleJob job)
    {
        var exception = await Assert.ThrowsAsync<KoalaException>(() => client.UpscaleAsync(job).WaitAsync(Patience));
        Assert.DoesNotContain('\n', exception.Message);
        return exception;
    }
}
