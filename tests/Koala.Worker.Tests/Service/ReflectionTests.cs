using Grpc.Reflection.V1Alpha;

namespace Koala.Worker.Tests.Service;

public sealed class ReflectionTests
{
    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Reflection_ListServices_NamesOurs()
    {
        await using var worker = await TestWorker.StartAsync(new FakeEngine());
        using var call = new ServerReflection.ServerReflectionClient(worker.Connect()).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var names = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToList();
        Assert.Contains("koala.v1.Upscaler", names);
        Assert.Contains("grpc.health.v1.Health", names);
        await call.RequestStream.CompleteAsync();
    }
}
