using System.Diagnostics;
using System.Runtime.CompilerServices;
using Koala.Client;
using Koala.PaintDotNet.Tests.Host;
using PaintDotNet.Imaging;
using PaintDotNet.Rendering;

namespace Koala.PaintDotNet.Tests.Restoring;

/// <summary>The compiled effect over its life: sliders, cancelling, a worker that dies, the end.</summary>
public sealed class RestoreLifeTests
{
    [Fact]
    public async Task SetToken_HundredTimesInTwoSeconds_LeavesOneJobAndNoLeak()
    {
        var layer = Layer.Picture(150, 130);
        var before = (await WorkerPlace.StatusAsync()).Load.FinishedTiles;
        using var run = RestoreDetailTests.Start(layer.Environment());
        List<WeakReference> jobs = [];
        for (var i = 0; i < 100; i++)
            MoveSlider(run, i, jobs);

        run.SetToken(scale: 2);
        var result = run.RenderTiles();

        // The current one alone is left, and has nothing to do.
        await AssertCollectedAsync(jobs, left: 1);
        Assert.Equal(0, run.Effect.Session!.Job!.Cells.Pending);
        await WorkerPlace.WaitForJobsAsync(open => open == 0);
        // Debounced: next to nothing of the hundred was computed, but the one cell of the last and some that were on their way.
        Assert.InRange((await WorkerPlace.StatusAsync()).Load.FinishedTiles - before, 1, 10);
        using var calm = RestoreDetailTests.Start(layer.Environment());
        Assert.Equal(calm.RenderTiles(), result);
        Assert.Empty(run.Services.Errors);
    }

    [Fact]
    public async Task CancelRendering_WhileThreadsWait_EndsWithin300Milliseconds()
    {
        await WorkerPlace.StatusAsync();
        // The best of three: what other programs do meanwhile is not the effect's doing.
        var best = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < 3 && best > TimeSpan.FromMilliseconds(300); attempt++)
        {
            using var run = RestoreDetailTests.Start(Layer.Picture(1400, 1100, attempt).Environment());
            var rendering = Task.Factory.StartNew(run.RenderTiles, TaskCreationOptions.LongRunning);
            await WorkerPlace.WaitForJobsAsync(jobs => jobs > 0);

            var clock = Stopwatch.StartNew();
            run.Renderer.CancelRendering();
            await rendering;
            best = clock.Elapsed < best ? clock.Elapsed : best;
            Assert.Empty(run.Services.Errors);
        }
        Assert.InRange(best, TimeSpan.Zero, TimeSpan.FromMilliseconds(300));
        // Nobody waits for the cells: the worker is told so.
        await WorkerPlace.WaitForJobsAsync(jobs => jobs == 0);
    }

    [Fact]
    public async Task Render_WorkerKilled_StartsAnotherAndGoesOn()
    {
        var layer = Layer.Picture(300, 200);
        var first = await WorkerPlace.StatusAsync();
        using var run = RestoreDetailTests.Start(layer.Environment());
        var rendering = Task.Factory.StartNew(run.RenderTiles, TaskCreationOptions.LongRunning);
        await WorkerPlace.WaitForJobsAsync(jobs => jobs > 0);

        await WorkerPlace.KillAsync();
        var result = await rendering;

        Assert.NotEqual(first.ProcessId, (await WorkerPlace.StatusAsync()).ProcessId);
        Assert.Empty(run.Services.Errors);
        using var undisturbed = RestoreDetailTests.Start(layer.Environment());
        Assert.InRange(Layer.LargestDifference(undisturbed.RenderTiles(), result), 0, 1);
        Assert.NotEqual(layer.Pixels, result);
    }

    [Fact]
    public async Task Render_WorkerKilledAndItsProgramGone_LeavesTheLayerAndShowsOneError()
    {
        var layer = Layer.Picture(1400, 1100);
        await WorkerPlace.StatusAsync();
        using var run = RestoreDetailTests.Start(layer.Environment());
        var rendering = Task.Factory.StartNew(run.RenderTiles, TaskCreationOptions.LongRunning);
        await WorkerPlace.WaitForJobsAsync(jobs => jobs > 0);

        await WorkerPlace.KillAndRemoveAsync();
        try
        {
            var result = await rendering;
            // A tile may have come before.
            Assert.InRange(layer.Pixels.Zip(result, (a, b) => a == b ? 1.0 : 0).Average(), 0.8, 1);
            var (message, _) = Assert.Single(await ErrorsAsync(run.Services));
            Assert.Contains("/nowhere/koala-worker", message, StringComparison.Ordinal);
        }
        finally
        {
            WorkerPlace.BringBack();
        }

        // The same settings anew: another worker is started, and no other error is shown.
        var small = new RectInt32(0, 0, 40, 40);
        run.SetToken();
        Assert.NotEqual(layer.Pixels[..40], run.Render(small)[..40]);
        Assert.Single(run.Services.Errors);
    }

    [Fact]
    public async Task Render_NoWorkersProgram_LeavesTheLayerAndSaysOnceWhatToDo()
    {
        Environment.SetEnvironmentVariable(WorkerAddress.EnvironmentVariable, $"unix:{Path.Combine(Path.GetTempPath(), $"koala-none-{Environment.ProcessId}.sock")}");
        Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, "/nowhere/koala-worker");
        try
        {
            var layer = Layer.Picture(400, 300);
            using var run = RestoreDetailTests.Start(layer.Environment());

            Assert.Equal(layer.Pixels, run.RenderTiles());
            run.SetToken(scale: 4);
            Assert.Equal(layer.Pixels, run.RenderTiles());

            var (message, _) = Assert.Single(await ErrorsAsync(run.Services));
            Assert.Contains("/nowhere/koala-worker", message, StringComparison.Ordinal);
            Assert.Contains(WorkerProgram.EnvironmentVariable, message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(WorkerAddress.EnvironmentVariable, null);
            Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, WorkerPlace.Program);
        }
    }

    [Fact]
    public async Task Dispose_InTheMiddle_ReleasesEverything()
    {
        await WorkerPlace.StatusAsync();
        var bitmaps = MemoryBitmap<ColorBgra32>.Live;
        var (effect, session) = await StartAndDisposeAsync();

        await WorkerPlace.WaitForJobsAsync(jobs => jobs == 0);
        Assert.Equal(bitmaps, MemoryBitmap<ColorBgra32>.Live);
        await AssertCollectedAsync([effect, session], left: 0);
    }

    [Fact]
    public void Calls_InAnotherOrder_ThrowAsTheHostsDo()
    {
        var layer = Layer.Picture(32, 32);
        var run = new EffectRun<RestoreDetailEffect>(layer.Environment());
        Assert.Throws<InvalidOperationException>(() => run.SetToken());
        Assert.Throws<InvalidOperationException>(() => run.RenderWhole());
        run.Initialize();
        Assert.Throws<InvalidOperationException>(run.Initialize);
        Assert.Throws<InvalidOperationException>(() => run.RenderWhole());
        run.SetToken(strength: 0);
        Assert.Equal(layer.Pixels, run.RenderWhole());

        run.Renderer.CancelRendering();
        // As documented: nothing is done before the next token.
        Assert.All(run.RenderWhole(), pixel => Assert.Equal(default, pixel));
        run.SetToken(strength: 0);
        Assert.Equal(layer.Pixels, run.RenderWhole());
        run.Dispose();
        Assert.Throws<ObjectDisposedException>(() => run.RenderWhole());
        Assert.Throws<ObjectDisposedException>(() => run.SetToken());
    }

    [Fact]
    public async Task SetToken_WhileAThreadRenders_Throws()
    {
        await WorkerPlace.StatusAsync();
        using var run = RestoreDetailTests.Start(Layer.Picture(500, 400).Environment());
        var rendering = Task.Factory.StartNew(run.RenderTiles, TaskCreationOptions.LongRunning);
        await WorkerPlace.WaitForJobsAsync(jobs => jobs > 0);
        Assert.Throws<InvalidOperationException>(() => run.SetToken(strength: 50));
        run.Renderer.CancelRendering();
        await rendering;
    }

    [Fact]
    public async Task Render_OfALargeLayer_HoldsLittleAndStaysResponsive()
    {
        // 8,000 × 8,000 pixels, 256 MB: the host's, and here for the test.
        var layer = new Layer(8000, 8000, new ColorBgra32[8000 * 8000]);
        Array.Fill(layer.Pixels, new ColorBgra32(90, 120, 150, 255));
        using var run = RestoreDetailTests.Start(layer.Environment());
        var before = GC.GetTotalMemory(forceFullCollection: true);

        // What the host shows first, anywhere in the layer.
        var tile = new RectInt32(4800, 4800, 128, 128);
        Assert.InRange(Layer.LargestDifference(layer.Pixels[..(128 * 128)], run.Render(tile)), 0, 12);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 16L << 20);
        Assert.InRange(run.Environment.Read.Sum(rect => (long)rect.Width * rect.Height), 1, 160_000);
        await WorkerPlace.WaitForJobsAsync(jobs => jobs == 0);
    }

    [Fact]
    public void Dispose_RemembersTheSettings()
    {
        using (var run = RestoreDetailTests.Start(Layer.Picture(16, 16).Environment(), scale: 4))
            run.SetToken(scale: 4, strength: 35, keepBlur: 15, precision: Precision.Bf16);
        using var next = new EffectRun<RestoreDetailEffect>(Layer.Picture(16, 16).Environment());

        var properties = next.Effect.CreatePropertyCollection();

        Assert.Equal(4, properties["Scale"]!.Value);
        Assert.Equal(35, properties["Strength"]!.Value);
        Assert.Equal(15, properties["KeepBlur"]!.Value);
        Assert.Equal(Precision.Bf16, properties["Precision"]!.Value);
        // The reset button goes to what is usual.
        Assert.Equal(2, properties["Scale"]!.DefaultValue);
        Assert.Equal(100, properties["Strength"]!.DefaultValue);
        File.WriteAllText(new SettingsFile<EffectSettings>("paintdotnet-restore.json").Path, "{ damaged");
        Assert.Equal(2, next.Effect.CreatePropertyCollection()["Scale"]!.Value);
    }

    // Apart, so that no local variable keeps a job alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MoveSlider(EffectRun<RestoreDetailEffect> run, int i, List<WeakReference> jobs)
    {
        run.SetToken(scale: i % 2 == 0 ? 4 : 2, strength: 1 + i);
        jobs.Add(new WeakReference(run.Effect.Session!.Job));
        var rendering = Task.Factory.StartNew(run.RenderTiles, TaskCreationOptions.LongRunning);
        Thread.Sleep(20);
        run.Renderer.CancelRendering();
        rendering.Wait();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(WeakReference Effect, WeakReference Session)> StartAndDisposeAsync()
    {
        var run = RestoreDetailTests.Start(Layer.Picture(1400, 1100).Environment());
        var rendering = Task.Factory.StartNew(run.RenderTiles, TaskCreationOptions.LongRunning);
        await WorkerPlace.WaitForJobsAsync(jobs => jobs > 0);
        run.Renderer.CancelRendering();
        await rendering;
        var references = (new WeakReference(run.Effect), new WeakReference(run.Effect.Session));
        run.Dispose();
        return references;
    }

    private static async Task AssertCollectedAsync(List<WeakReference> references, int left)
    {
        for (var i = 0; i < 50 && references.Count(reference => reference.IsAlive) > left; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(100);
        }
        Assert.InRange(references.Count(reference => reference.IsAlive), 0, left);
    }

    // They are shown on a thread of their own.
    private static async Task<(string Message, string Details)[]> ErrorsAsync(HostServices services)
    {
        for (var i = 0; i < 100 && services.Errors.IsEmpty; i++)
            await Task.Delay(20);
        return [.. services.Errors];
    }
}
