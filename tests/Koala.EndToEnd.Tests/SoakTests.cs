using System.Diagnostics;
using Koala.Benchmarks.Soak;

namespace Koala.EndToEnd.Tests;

/// <summary>The short form of <c>Koala.Benchmarks soak</c>: mixed load on a real worker, whose memory is measured in the long form only.</summary>
public sealed class SoakTests
{
    [Fact]
    public async Task Worker_UnderMixedLoad_AnswersRightAndLeaksNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "what a process holds is read from /proc");
        await using var worker = new SoakWorker(Repository.WorkerProgram);
        await worker.StartAsync();
        await using var load = new SoakLoad(worker.Address, Repository.ClientProgram, Repository.Sample, seed: 2);
        await load.RoundAsync();
        var before = await worker.SampleAsync();

        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(10);)
            await load.RoundAsync();

        Assert.Empty(load.Errors);
        Assert.Equal(9, load.Done.Count);
        var after = await worker.SampleAsync();
        Assert.Equal(0, after.Streams);
        // Fewer where some of the first round waited for the garbage collector.
        Assert.InRange(after.Tensors, 1, before.Tensors);
        Assert.InRange(after.Sockets, 0, before.Sockets);
        // Those of the pool come and go.
        Assert.InRange(after.Threads, 0, before.Threads + 8);
    }
}
