using Koala.Client.Tests.Fakes;

namespace Koala.Client.Tests.Upscaling;

/// <summary>Alone in the process: the heap that is measured is everybody's.</summary>
[Collection(nameof(UpscaleMemoryTests))]
[CollectionDefinition(nameof(UpscaleMemoryTests), DisableParallelization = true)]
public class UpscaleMemoryTests
{
    [Fact]
    public async Task Memory_OfATallImage_IsThatOfAFewRowsOfTiles()
    {
        const int width = 200, height = 20_000, scale = 4;
        await using var server = await FakeServer.StartAsync(new FakeWorker());
        await using var client = new KoalaClient(server.Address);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (held, written) = (long.MaxValue, 0);

        await client.UpscaleAsync(new UpscaleJob
        {
            Width = width,
            Height = height,
            Scale = scale,
            PixelFormat = PixelFormat.RgbU8,
            ReadRows = (_, _, _, _) => ValueTask.CompletedTask,
            WriteRows = (y, count, _, _) =>
            {
                written += count;
                if (y > 0.9 * scale * height && held == long.MaxValue)
                    held = GC.GetTotalMemory(forceFullCollection: true) - before;
                return ValueTask.CompletedTask;
            },
        });

        Assert.Equal(scale * height, written);
        // The whole result has 192 MB.
        Assert.True(held < 40_000_000, $"{held} bytes");
    }
}
