using Koala.Client.Tests.Fakes;
using NetVips;
using Wire = Koala.Protocol.V1;

namespace Koala.Client.CommandLine.Tests;

public sealed class RequestIdTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Upscale_FailsAtTheWorker_NamesTheRequestAsItsLogDoes()
    {
        using (var picture = Image.Gaussnoise(20, 20, mean: 128, sigma: 30).Cast(Enums.BandFormat.Uchar))
            picture.WriteToFile(_folder["in.png"]);
        var worker = new FakeWorker
        {
            Answer = result => new Wire.TileResult { Id = result.Id, Error = new Wire.TileError { Code = 13, Message = "it was bad" } },
        };
        await using var server = await FakeServer.StartAsync(worker);

        var run = await CommandRun.Of("upscale", _folder["in.png"], "-o", _folder["out.png"], "--no-start", "--worker", server.Address.ToString());

        Assert.Matches("^[0-9a-f]{12}$", worker.RequestId);
        run.AssertFailed(ExitCode.WorkerFailed, $"(request {worker.RequestId} in the worker's log)");
    }
}
