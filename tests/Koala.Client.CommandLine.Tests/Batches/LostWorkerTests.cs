using Koala.Client.Tests.Fakes;
using NetVips;

namespace Koala.Client.CommandLine.Tests.Batches;

public sealed class LostWorkerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LostWorkerTests()
    {
        Directory.CreateDirectory(_folder["in"]);
        for (var i = 0; i < 5; i++)
        {
            using var picture = Image.Gaussnoise(20 + 4 * i, 20, mean: 128, sigma: 30).Gaussblur(2).Cast(Enums.BandFormat.Uchar);
            picture.WriteToFile(_folder[$"in/{i}.png"]);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Upscale_ConnectionLost_DoesThosePhotosAgain()
    {
        FakeServer? server = null;
        var losses = 2;
        await using var running = server = await FakeServer.StartAsync(new FakeWorker
        {
            BeforeAnswer = (_, _) =>
            {
                if (Interlocked.Decrement(ref losses) >= 0)
                    server!.Kill();
                return Task.CompletedTask;
            },
        });

        var run = await Upscale(server);

        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.Contains("5 photos enlarged", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upscale_WorkerLostEveryTime_GivesUp()
    {
        FakeServer? server = null;
        await using var running = server = await FakeServer.StartAsync(new FakeWorker
        {
            BeforeAnswer = (_, _) =>
            {
                server!.Kill();
                return Task.CompletedTask;
            },
        });

        var run = await Upscale(server, "--fail-fast", "--retries", "0");

        Assert.Equal(ExitCode.SomeFailed, run.Code);
        Assert.Contains("lost in the middle", run.Error, StringComparison.Ordinal);
        Assert.Equal([".koala-lock", ".koala-manifest.jsonl"], Directory.EnumerateFiles(_folder["out"]).Select(Path.GetFileName).Order());
    }

    private Task<CommandRun> Upscale(FakeServer server, params string[] more) =>
        CommandRun.Of(["upscale", _folder["in"], "-o", _folder["out"], "--no-start", "--worker", server.Address.ToString(), .. more]);
}
